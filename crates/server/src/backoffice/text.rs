//! Texts of the back office: how each area keeps its table, and the texts that all pages share.
//!
//! Invariant: a table has one column for each language, so that a missing text does not compile.

/// Makes the table of an area: a struct `Texts` with a member for each text, and `Texts::of` which
/// gives the one of a language.
macro_rules! texts {
    ($($name:ident: $portuguese:literal, $english:literal;)*) => {
        /// The texts of this area, in one language.
        #[derive(Debug)]
        pub struct Texts {
            $(
                #[doc = $english]
                pub $name: &'static str,
            )*
        }

        impl Texts {
            /// Those of a language.
            #[must_use]
            pub const fn of(language: $crate::pages::Language) -> &'static Self {
                const PORTUGUESE: Texts = Texts { $($name: $portuguese,)* };
                const ENGLISH: Texts = Texts { $($name: $english,)* };
                match language {
                    $crate::pages::Language::Portuguese => &PORTUGUESE,
                    $crate::pages::Language::English => &ENGLISH,
                }
            }
        }

        #[test]
        fn no_text_is_empty_or_ends_in_a_blank() {
            for (name, text) in [$((stringify!($name), [$portuguese, $english]),)*] {
                for text in text {
                    assert!(!text.is_empty() && text.trim() == text, "{name}");
                    assert!(!text.contains("  "), "{name}");
                }
            }
        }
    };
}
pub(crate) use texts;

texts! {
    skip: "Ir para o conteúdo", "Skip to content";
    language: "Idioma", "Language";
    theme: "Tema", "Theme";
    theme_auto: "Automático", "Automatic";
    theme_light: "Claro", "Light";
    theme_dark: "Escuro", "Dark";
    sandbox: "Sandbox", "Sandbox";
    menu: "Menu", "Menu";
    navigation: "Navegação principal", "Main navigation";
    search: "Buscar transações", "Search transactions";
    search_hint: "Pedido, Tid, NSU, last4:1231…", "Order, Tid, NSU, last4:1231…";
    account: "Sua conta", "Your account";
    portal: "Portal", "Portal";
    sign_out: "Sair", "Sign out";
    keys: "Atalhos do teclado", "Keyboard shortcuts";
    key_search: "Buscar transações", "Search transactions";
    key_next: "Próxima linha", "Next row";
    key_previous: "Linha anterior", "Previous row";
    key_select: "Marcar a linha", "Select the row";
    key_open: "Abrir a linha", "Open the row";
    key_capture: "Capturar", "Capture";
    key_help: "Esta ajuda", "This help";
    close: "Fechar", "Close";
    copy: "Copiar", "Copy";
    copied: "Copiado", "Copied";
    yes: "Sim", "Yes";
    no: "Não", "No";
    save: "Salvar", "Save";
    back: "Voltar", "Back";
    cancel: "Desistir", "Never mind";
    error: "Erro", "Error";
    optional: "opcional", "optional";
    next_page: "Próxima página", "Next page";
    first_page: "Início", "First page";
    group_menus: "e-Commerce", "e-Commerce";
    group_work: "Trabalho", "Work";
    group_admin: "Administração", "Administration";
    nav_overview: "Visão geral", "Overview";
    nav_transactions: "Consulta de transações", "Transaction search";
    nav_statement: "Extrato de cobrança", "Billing statement";
    nav_recurrences: "Configuração de recorrência", "Recurrence configuration";
    nav_developers: "Área do desenvolvedor Cielo", "Cielo developer area";
    nav_reviews: "Fila de revisão", "Review queue";
    nav_lists: "Listas", "Lists";
    nav_rules: "Regras", "Rules";
    nav_jobs: "Operações em bloco", "Block operations";
    nav_users: "Usuários", "Users";
    nav_audit: "Auditoria", "Audit log";
    nav_settings: "Configurações", "Settings";
    role_viewer: "Consulta", "Viewer";
    role_operator: "Operação", "Operator";
    role_finance: "Financeiro", "Finance";
    role_administrator: "Administração", "Administrator";
    not_found: "Página não encontrada", "Page not found";
    not_found_about: "O endereço não existe, ou o que ele nomeava não está mais aqui.",
        "The address does not exist, or what it named is no longer here.";
    forbidden: "Você não tem acesso", "You have no access";
    forbidden_about: "Seu perfil não permite abrir esta página. Peça a quem administra a loja.",
        "Your role does not open this page. Ask an administrator of the shop.";
    stale: "O formulário não vale mais", "The form no longer holds";
    stale_about: "Nada foi alterado. Volte, recarregue a página e tente de novo.",
        "Nothing was changed. Go back, reload the page and try again.";
    failed: "Não deu certo agora", "That did not work";
    failed_about: "O servidor não conseguiu responder. Tente de novo em instantes.",
        "The server could not answer. Try again in a moment.";
    changed: "Alguém alterou isto antes de você", "Somebody changed this before you";
    changed_about: "Nada foi alterado. Recarregue a página para ver como está.",
        "Nothing was changed. Reload the page to see how it is.";
    zone: "Datas e horas no horário de Brasília (UTC−3).",
        "Dates and times are Brasília time (UTC−3).";
    go_home: "Ir para a página inicial", "Go to the first page";
}
