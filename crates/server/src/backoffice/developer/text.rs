//! Texts of the developer area.
//!
//! Invariant: what the API itself says (error codes, messages, names of members) is not translated.

use super::super::text::texts;

texts! {
    title: "Área do desenvolvedor Cielo", "Cielo developer area";
    about: "Tudo para integrar a loja: referência, guias, códigos, credenciais e testes.",
        "All you need to connect your shop: reference, guides, codes, credentials and tests.";
    tabs: "Seções da área do desenvolvedor", "Sections of the developer area";
    tab_start: "Início", "Start";
    tab_guides: "Guias", "Guides";
    tab_reference: "Referência da API", "API reference";
    tab_codes: "Códigos", "Codes";
    tab_cards: "Cartões de teste", "Test cards";
    tab_credentials: "Credenciais", "Credentials";
    tab_requests: "Registro de pedidos", "Request log";
    tab_console: "Console do sandbox", "Sandbox console";
    tab_help: "Ajuda", "Help";
    your_access: "Seu acesso", "Your access";
    establishment: "Estabelecimento (EC)", "Establishment (EC)";
    api_url: "API transacional", "Transactional API";
    query_url: "API de consulta", "Query API";
    dialect: "Dialeto", "Dialect";
    first_sale: "Primeira venda", "First sale";
    first_sale_about: "Copie, troque $MERCHANT_KEY pela sua chave e execute.",
        "Copy, replace $MERCHANT_KEY by your key and run it.";
    guides_about: "O caminho de cada tarefa, com exemplos prontos para a sua loja.",
        "The way through each task, with examples made for your shop.";
    reference_about:
        "Cada chamada, gerada do próprio código do servidor.",
        "Every call, made from the server’s own code.";
    codes_about: "O que cada código significa e o que fazer.",
        "What each code means and what to do.";
    cards_about:
        "O último dígito decide o que acontece. Qualquer validade futura e qualquer código de \
         segurança servem.",
        "The last digit decides what happens. Any future expiry and any security code will do.";
    credentials_about: "Chave, endereços permitidos e notificações.",
        "Key, allowed addresses and notifications.";
    requests_about: "Os últimos pedidos da sua loja a este servidor, sem dados de cartão.",
        "The last requests of your shop to this server, without card data.";
    console_about: "Adiante o relógio, provoque falhas, pague boletos.",
        "Move the clock, make faults, pay boletos.";
    help_about: "Perguntas frequentes, glossário, certificado e contatos.",
        "Frequent questions, glossary, certificate and contacts.";
    openapi: "Documento OpenAPI", "OpenAPI document";
    errors: "Códigos de erro da API", "API error codes";
    errors_about:
        "A API responde 400 com todos os códigos que se aplicam. As mensagens estão como a API \
         as envia.",
        "The API answers 400 with every code that applies. Messages are as the API sends them.";
    returns: "Códigos de retorno", "Return codes";
    returns_about:
        "O que a adquirente respondeu a uma venda, e se ela pode ser tentada de novo.",
        "What the acquirer answered to a sale, and whether it may be tried again.";
    tables: "Outras tabelas", "Other tables";
    tables_about: "Situações, tipos, provedores, respostas HTTP, notificações e dados da loja.",
        "Statuses, types, providers, HTTP answers, notifications and merchant defined data.";
    search: "Buscar", "Search";
    search_hint: "Código ou palavra", "Code or word";
    found_none: "Nada encontrado.", "Nothing found.";
    code: "Código", "Code";
    message: "Mensagem", "Message";
    description: "Descrição", "Description";
    definition: "Definição", "Definition";
    meaning: "Significado", "Meaning";
    action: "Ação", "Action";
    retry: "Nova tentativa", "Retry";
    retry_no: "Não", "No";
    retry_four: "4 vezes em 16 dias", "4 times in 16 days";
    retry_next_day: "4 vezes em 16 dias, a partir do dia seguinte",
        "4 times in 16 days, from the next day";
    retry_yes: "Sim", "Yes";
    statuses: "Situações de pagamento", "Payment statuses";
    name: "Nome", "Name";
    valid_for: "Vale para", "Applies to";
    types: "Tipos de pagamento", "Payment types";
    method: "Meio de pagamento", "Payment method";
    kind: "Tipo", "Type";
    providers: "Provedores", "Providers";
    provider: "Provider", "Provider";
    http: "Respostas HTTP", "HTTP codes";
    changes: "Tipos de notificação (ChangeType)", "Kinds of notifications (ChangeType)";
    defined_data: "Dados definidos pela loja (MerchantDefinedFields)",
        "Merchant defined data (MerchantDefinedFields)";
    kind_text: "Texto", "Text";
    kind_number: "Número", "Number";
    kind_date: "Data", "Date";
    kind_reserved: "Reservado", "Reserved";
    card_ending: "Final", "Ending";
    card_number: "Número", "Number";
    card_result: "Resultado", "Result";
    card_code: "ReturnCode", "ReturnCode";
    cards_codes:
        "Dois códigos no final 2: o do dialeto manual e o do dialeto live; no final 9, o de \
         aprovada e o de negada.",
        "Two codes for ending 2: that of the manual dialect and that of the live dialect; for \
         ending 9, authorized and denied.";
    cards_wallet:
        "Carteiras: a WalletKey 1140814777695873901 com CaptureCode 103 responde como no manual; \
         qualquer outra decide pelo último dígito.",
        "Wallets: WalletKey 1140814777695873901 with CaptureCode 103 answers as in the manual; \
         any other decides by its last digit.";
    cards_token: "Tokens da versão 1.5 terminados em A são autorizados, em B negados.",
        "Tokens of version 1.5 ending in A are authorized, in B denied.";
    faq: "Perguntas frequentes", "Frequently asked questions";
    glossary: "Glossário", "Glossary";
    glossary_about: "As palavras do comércio eletrônico e dos cartões.",
        "The words of electronic commerce and cards.";
    support: "Suporte", "Support";
    support_about: "24 horas por dia, 7 dias por semana, em português e inglês.",
        "24 hours a day, 7 days a week, in Portuguese and English.";
    support_capitals: "Capitais e regiões metropolitanas", "Capitals and metropolitan regions";
    support_elsewhere: "Demais localidades", "Other places";
    support_abroad: "Ligações internacionais", "International calls";
    support_options: "Opção 1: suporte técnico. Opção 2: credenciamento e-commerce.",
        "Option 1: technical support. Option 2: e-commerce accreditation.";
    support_email: "E-mail", "E-mail";
    support_request_id: "Tenha à mão o RequestId do pedido: com ele encontramos o que aconteceu.",
        "Have the RequestId of the request at hand: with it we find out what happened.";
    certificate: "Certificado", "Certificate";
    certificate_about: "Com ele a loja sabe que fala com este servidor.",
        "With it your shop knows that it talks to this server.";
    certificate_what:
        "O certificado TLS prova a identidade do servidor. Não há suporte para a instalação: em \
         caso de dúvida, procure o fornecedor do seu servidor.",
        "The TLS certificate proves who the server is. There is no support for the installation: \
         in doubt, ask the vendor of your server.";
    certificate_install:
        "Instale estes arquivos no repositório de confiança do servidor da loja.",
        "Install these files in the trust store of your shop’s server.";
    certificate_none:
        "Este servidor não fala TLS por si mesmo: o certificado está no proxy à frente dele, e \
         quem o administra tem os arquivos.",
        "This server does not speak TLS itself: the certificate is at the proxy before it, and \
         whoever runs that has the files.";
    certificate_root: "Certificado raiz", "Root certificate";
    certificate_intermediate: "Certificado intermediário", "Intermediate certificate";
    certificate_server: "Certificado do servidor", "Server certificate";
    certificate_shop: "No servidor da loja", "On the shop’s server";
    certificate_buyer: "No navegador de um comprador", "In a buyer’s browser";
    certificate_buyer_about:
        "Em geral o navegador já conhece o certificado. Se não conhecer, oriente o comprador com \
         estes nove passos.",
        "As a rule the browser knows the certificate. If it does not, lead the buyer through \
         these nine steps.";
    step_1: "Salve os arquivos do certificado em uma pasta fácil de encontrar.",
        "Save the files of the certificate in a folder that is easy to find.";
    step_2:
        "Abra as configurações do navegador e procure por “certificados”, em privacidade e \
         segurança.",
        "Open the settings of the browser and look for “certificates” under privacy and \
         security.";
    step_3: "Abra “Gerenciar certificados” (no Firefox, “Ver certificados”) e escolha “Importar”.",
        "Open “Manage certificates” (in Firefox “View certificates”) and choose “Import”.";
    step_4: "No assistente de importação, avance. No Firefox, use a aba “Servidores”.",
        "In the import wizard, go on. In Firefox, use the tab “Servers”.";
    step_5: "Procure a pasta, escolha o arquivo do servidor e abra-o.",
        "Look for the folder, choose the server’s file and open it.";
    step_6: "Aceite o repositório padrão, ou escolha outro.",
        "Accept the default store, or choose another.";
    step_7: "Conclua o assistente.", "Finish the wizard.";
    step_8: "Confirme a mensagem de sucesso. O Firefox conclui sem mensagem.",
        "Confirm the message of success. Firefox finishes without one.";
    step_9: "Repita para cada um dos arquivos.", "Do the same with each of the files.";
    download: "Baixar", "Download";
    parameters: "Parâmetros", "Parameters";
    request_body: "Corpo do pedido", "Request body";
    answers: "Respostas", "Answers";
    required: "obrigatório", "required";
    every_call: "Em toda chamada", "With every call";
    reference_language:
        "Resumos e descrições desta referência estão em inglês, como no documento OpenAPI de que \
         são lidos. Nomes de campos e códigos são os da API.",
        "Summaries and descriptions are those of the OpenAPI document. Names of members and codes \
         are those of the API.";
    every_call_about:
        "Cabeçalhos MerchantId e MerchantKey. RequestId é opcional e volta na resposta. Com \
         Idempotency-Key, um POST ou PUT repetido tem um único efeito.",
        "Headers MerchantId and MerchantKey. RequestId is optional and comes back. With an \
         Idempotency-Key, a POST or PUT that is repeated has one effect.";
    sandbox_call_about: "No endereço do back office, com o token de administração do sandbox.",
        "At the address of the back office, with the admin token of the sandbox.";
    all_calls: "Todas as chamadas", "All calls";
    key: "MerchantKey", "MerchantKey";
    key_about:
        "A chave acompanha cada pedido. Só o seu hash é guardado: uma chave perdida não pode ser \
         mostrada de novo.",
        "The key goes with each request. Only its hash is kept: a lost key cannot be shown \
         again.";
    key_roll: "Gerar nova chave", "Make a new key";
    key_roll_about: "A chave atual continua valendo por 24 horas.",
        "The key in use holds for another 24 hours.";
    key_confirm: "Sim, gerar uma nova chave", "Yes, make a new key";
    key_new: "Sua nova chave", "Your new key";
    key_once: "Ela é mostrada somente agora. Guarde-a em lugar seguro antes de sair desta página.",
        "It is shown this once. Keep it in a safe place before you leave this page.";
    key_previous: "A chave anterior vale até", "The key before holds until";
    ip_list: "Endereços IP permitidos", "Allowed IP addresses";
    ip_list_about: "Um endereço ou uma rede por linha. Vazio: todos.",
        "One address or network on each line. Empty: all.";
    notifications: "Notificações", "Notifications";
    notification_url: "URL de notificação", "Notification URL";
    notification_url_about: "Recebe um POST a cada mudança. Vazio: nada é enviado.",
        "Gets a POST for each change. Empty: nothing is sent.";
    notification_format: "Conteúdo", "Content";
    format_default: "Conforme o dialeto", "As the dialect says";
    format_sale: "A venda, como na consulta", "The sale, as a query gives it";
    format_change: "Identificadores e tipo da mudança", "Ids and the kind of change";
    headers: "Cabeçalhos fixos", "Fixed headers";
    headers_about:
        "Até três. O que for salvo aqui substitui todos; valores guardados não são mostrados.",
        "Up to three. What is saved here replaces all of them; kept values are not shown.";
    headers_now: "Agora", "Now";
    header_name: "Nome", "Name";
    header_value: "Valor", "Value";
    none: "nenhum", "none";
    secret: "Segredo da assinatura", "Secret of the signature";
    secret_about:
        "Com ele cada notificação leva Aval-Signature, o HMAC-SHA256 do instante e do corpo.",
        "With it each notification carries Aval-Signature, the HMAC-SHA256 of the moment and the \
         body.";
    secret_set: "Há um segredo definido.", "A secret is set.";
    secret_unset: "Nenhum segredo definido.", "No secret is set.";
    secret_new: "Novo segredo (vazio: remove)", "New secret (empty: removes it)";
    test: "Notificação de teste", "Test notification";
    test_about: "Envia agora um POST à URL configurada, com os cabeçalhos e a assinatura.",
        "Sends a POST to the configured URL now, with its headers and signature.";
    test_send: "Enviar teste", "Send a test";
    test_good: "Recebida", "Received";
    test_bad: "Não recebida", "Not received";
    test_none: "Defina antes a URL de notificação.", "Set the notification URL first.";
    save: "Salvar", "Save";
    saved: "Salvo. Vale em todos os servidores em até dois segundos.",
        "Saved. It holds on every server within two seconds.";
    wrong_ip_list: "Cada linha precisa ser um endereço IP ou uma rede, como 203.0.113.0/24.",
        "Each line has to be an IP address or a network, like 203.0.113.0/24.";
    wrong_notification_url: "Precisa ser um endereço http ou https completo.",
        "It has to be a whole http or https address.";
    wrong_notification_headers:
        "Nomes e valores de cabeçalho, no máximo três, sem os que o próprio HTTP usa.",
        "Names and values of headers, three at the most, without those that HTTP itself uses.";
    wrong_notification_secret: "No máximo 255 caracteres.", "At most 255 characters.";
    body_sent: "Corpo enviado", "Body sent";
    body_answered: "Corpo respondido", "Body answered";
    request_id: "RequestId", "RequestId";
    empty_body: "Vazio", "Empty";
    no_requests: "Nenhum pedido nas últimas 24 horas", "No request within the last 24 hours";
    no_requests_about: "Os pedidos da sua loja a este servidor aparecem aqui assim que chegam.",
        "Requests of your shop to this server appear here as they come.";
    no_such_request: "Nenhum pedido guardado é assim", "No request that is kept is like that";
    by_path: "Caminho ou pedido", "Path or order";
    by_code: "Status ou código", "Status or code";
    by_button: "Filtrar", "Filter";
    filter_failed: "Só com erro", "Failed only";
    filter_all: "Todos", "All";
    clock: "Relógio do sandbox", "Clock of the sandbox";
    clock_about:
        "É o mesmo para todas as lojas deste sandbox. Adiantá-lo executa, em ordem, tudo o que \
         vence no caminho.",
        "It is the same for every shop of this sandbox. Moving it does, in order, whatever falls \
         due on the way.";
    clock_now: "Agora no sandbox", "Now in the sandbox";
    clock_real: "Igual à hora real", "Same as real time";
    clock_moved: "Fora da hora real", "Apart from real time";
    clock_advance: "Adiantar", "Move forward";
    clock_days: "Dias", "Days";
    clock_hours: "Horas", "Hours";
    clock_reset: "Voltar à hora real", "Back to real time";
    clock_done: "O relógio foi movido e tudo o que venceu foi feito.",
        "The clock was moved, and all that fell due was done.";
    clock_wrong: "Informe até 3.660 dias e até 10.000 horas, mais do que nada.",
        "Give up to 3,660 days and up to 10,000 hours, more than nothing.";
    faults: "Falhas do simulador", "Faults of the simulator";
    faults_about:
        "Valem para a sua loja até que sejam trocadas: uma para todos os cartões, outra para \
         cada cartão.",
        "They hold for your shop until they are changed: one for all cards, one for each card.";
    fault: "Falha", "Fault";
    fault_none: "Nenhuma", "None";
    fault_delay: "Resposta atrasada", "Delayed answer";
    fault_lost_after: "Resposta perdida depois de aprovada", "Answer lost after approval";
    fault_lost_before: "Pedido perdido antes de chegar", "Question lost on its way";
    fault_refused: "Conexão recusada", "Connection refused";
    fault_card: "Cartão (vazio: todos)", "Card (empty: all)";
    fault_delay_ms: "Atraso em ms", "Delay in ms";
    fault_set: "Definir falha", "Set the fault";
    fault_done: "A falha foi definida.", "The fault was set.";
    fault_wrong: "Confira o cartão e o atraso: 13 a 19 dígitos, 1 a 60.000 ms.",
        "Look at card and delay: 13 to 19 digits, 1 to 60,000 ms.";
    all_cards: "Todos os cartões", "All cards";
    decide: "Decidir um pagamento", "Decide a payment";
    decide_about:
        "Como o comprador ou o banco fariam: pague um boleto ou uma transferência, recuse, \
         autentique.",
        "As buyer or bank would: pay a boleto or a transfer, refuse, authenticate.";
    payment_id: "PaymentId", "PaymentId";
    pay: "Pagar", "Pay";
    deny: "Recusar", "Refuse";
    authenticate: "Autenticar", "Authenticate";
    decide_done: "O pagamento foi decidido.", "The payment was decided.";
    decide_unknown: "Sua loja não tem esse pagamento.", "Your shop has no such payment.";
    decide_refused: "Isto não pode ser feito com esse pagamento agora.",
        "This cannot be done with that payment now.";
    replace: "Trocar um cartão (Renova Fácil)", "Replace a card (Renova Fácil)";
    replace_about: "Vendas recorrentes com o cartão antigo são negadas com KA e informam o novo.",
        "Recurring sales with the old card are denied with KA and told the new one.";
    card_old: "Cartão antigo", "Old card";
    card_new: "Cartão novo", "New card";
    card_expiry: "Validade (MM/AAAA)", "Expiry (MM/YYYY)";
    card_brand: "Bandeira", "Brand";
    replace_do: "Trocar", "Replace";
    replace_done: "O novo cartão está no registro.", "The new card is in the register.";
    replace_wrong: "Confira os números dos cartões e a validade (MM/AAAA).",
        "Look at the card numbers and the expiry (MM/YYYY).";
}
