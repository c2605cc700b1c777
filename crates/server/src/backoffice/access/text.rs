//! Texts of signing in and of the portal.
//!
//! Invariant: nothing here says which part of what was typed is wrong.

crate::backoffice::text::texts! {
    title: "Entrar", "Sign in";
    lead: "Backoffice do e-Commerce", "e-Commerce back office";
    establishment: "Estabelecimento", "Establishment";
    establishment_hint: "O código de dez dígitos da sua loja.", "Your shop's code of ten digits.";
    establishment_wrong: "Digite o código do estabelecimento: só dígitos.",
        "Type the establishment code: digits only.";
    go_on: "Continuar", "Continue";
    user: "Usuário", "User";
    password: "Senha", "Password";
    sign_in: "Entrar", "Sign in";
    other: "Trocar estabelecimento", "Another establishment";
    code: "Código", "Code";
    code_title: "Confirme que é você", "Confirm that it is you";
    code_hint: "Os seis dígitos do seu aplicativo autenticador, ou um código de recuperação.",
        "The six digits of your authenticator app, or a recovery code.";
    wrong: "Estabelecimento, usuário ou senha incorretos. Depois de dez tentativas o acesso fica \
            bloqueado por 30 minutos.",
        "Establishment, user or password is not right. After ten attempts the access is locked \
         for 30 minutes.";
    code_wrong: "O código não vale, ou já foi usado. Depois de dez tentativas o acesso fica \
                 bloqueado por 30 minutos.",
        "The code does not hold, or was used. After ten attempts the access is locked for 30 \
         minutes.";
    many: "Muitas tentativas deste endereço. Espere 30 minutos.",
        "Too many attempts from this address. Wait 30 minutes.";
    sandbox_about: "Ambiente de testes: nenhuma venda é real.",
        "Test environment: no sale is real.";
    portal: "Portal", "Portal";
    ecommerce: "E-commerce", "E-commerce";
    products: "Produtos", "Products";
    tab: "API e-Commerce Cielo", "API e-Commerce Cielo";
    tab_about: "Consulte vendas, capture e cancele, acompanhe recorrências e o extrato, e encontre \
                o que sua integração precisa.",
        "Look up sales, capture and cancel, follow recurrences and the statement, and find what \
         your integration needs.";
    enter: "Acessar", "Acessar";
    menu_search: "Consulta de transações", "Transaction search";
    menu_search_about: "Todas as vendas, com filtros; capture e cancele.",
        "Every sale, with filters; capture and cancel.";
    menu_statement: "Extrato de cobrança", "Billing statement";
    menu_statement_about: "O que cada função usada custa no mês.",
        "What each function that was used costs in a month.";
    menu_recurrence: "Configuração de recorrência", "Recurrence configuration";
    menu_recurrence_about: "Tentativas depois de um cartão negado, e quando.",
        "Attempts after a declined card, and when.";
    menu_developer: "Área do desenvolvedor Cielo", "Cielo developer area";
    menu_developer_about: "Manuais de integração, perguntas frequentes e suporte.",
        "Integration manuals, FAQ and support.";
}
