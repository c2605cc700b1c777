//! Texts of the settings.
//!
//! Invariant: each setting says what it does and which code the API answers; what is wrong with a
//! value says what would be right.

crate::backoffice::text::texts! {
    title: "Configurações", "Settings";
    about: "O que a loja aceita, e como. Vale para as próximas chamadas, em até dois segundos.",
        "What the shop takes, and how. Holds for the next calls, within two seconds.";
    saved: "Configurações salvas.", "Settings saved.";
    not_saved: "Nada foi salvo. Corrija os campos marcados.",
        "Nothing was saved. Mend the marked fields.";
    meanwhile: "Alguém mudou configurações enquanto você editava. Confira o que está abaixo e \
                salve de novo.",
        "Somebody changed settings while you edited. Look at what is below and save again.";
    now: "Está salvo agora:", "Stored now:";
    on: "ligado", "on";
    off: "desligado", "off";
    empty: "vazio", "empty";
    methods: "Meios de pagamento", "Payment methods";
    methods_about: "Uma venda por um meio desligado é recusada.",
        "A sale by a method that is off is refused.";
    credit: "Cartão de crédito", "Credit card";
    debit: "Cartão de débito", "Debit card";
    boleto: "Boleto", "Boleto";
    transfer: "Transferência eletrônica", "Electronic transfer";
    off_173: "Desligado: código 173.", "Off: code 173.";
    wallets: "Carteiras", "Wallets";
    wallets_about: "Visa Checkout e Masterpass. Desligado: código 212.",
        "Visa Checkout and Masterpass. Off: code 212.";
    sales: "Vendas", "Sales";
    sales_about: "Quando uma venda é capturada e devolvida.",
        "When a sale is captured and given back.";
    window: "Prazo de captura, em dias", "Time to capture, in days";
    window_about: "De 1 a 30 dias de 24 horas após a autorização; depois, código 308.",
        "1 to 30 days of 24 hours from the authorization; later, code 308.";
    refunds: "Estornos", "Refunds";
    refunds_about: "Cancelar mais de 24 horas após a captura. Desligado: código 311.",
        "Canceling later than 24 hours after the capture. Off: code 311.";
    orders: "Recusar pedido repetido", "Refuse an order number used before";
    orders_about: "Um número de pedido vende uma vez só: código 302.",
        "An order number sells once only: code 302.";
    cards: "Cartões", "Cards";
    cards_about: "Código de segurança, cartões guardados e substituídos.",
        "Security code, stored and replaced cards.";
    security_code: "Exigir código de segurança", "Require the security code";
    security_code_about: "Na primeira venda de um cartão. Sem ele, negada com 08.",
        "On the first sale of a card. Without it, denied with 08.";
    protected: "Cartão protegido", "Protected card";
    protected_about: "CardToken e SaveCard. Desligado: código 170.",
        "CardToken and SaveCard. Off: code 170.";
    renewed: "Renova Fácil", "Renova Fácil";
    renewed_about: "Cobra pelo cartão novo quando o emissor trocou o antigo.",
        "Charges the new card when the issuer replaced the old one.";
    fraud: "Análise de fraude", "Fraud analysis";
    fraud_about: "A partir de que nota uma venda espera por uma pessoa ou é rejeitada.",
        "From which score on a sale waits for a person or is rejected.";
    antifraud: "Analisar vendas que pedem", "Analyse sales that ask for it";
    antifraud_about: "Vendas com FraudAnalysis. Desligado: código 167.",
        "Sales with FraudAnalysis. Off: code 167.";
    review_score: "Revisar a partir da nota", "Review from score";
    reject_score: "Rejeitar a partir da nota", "Reject from score";
    score_about: "De 0 a 99.", "0 to 99.";
    review_hours: "Horas que uma revisão espera", "Hours a review waits";
    review_hours_about: "De 1 a 240; depois a decisão abaixo vale.",
        "1 to 240; then the decision below holds.";
    expiry: "Se ninguém decidir", "If nobody decides";
    expiry_accept: "Aceitar", "Accept";
    expiry_reject: "Rejeitar", "Reject";
    velocity: "Limites de velocidade", "Velocity limits";
    velocity_about: "Uma venda além de um limite é abortada antes da autorização.",
        "A sale beyond a limit is aborted before it is authorized.";
    limits: "Limites", "Limits";
    limits_about: "Vendas por cartão (card), e-mail (email), IP (ip) ou documento (document) em um \
                   prazo: card=5/15m,ip=20/1h.",
        "Sales by card, email, ip or document within a time: card=5/15m,ip=20/1h.";
    slips: "Convênio de boleto", "Boleto credential";
    slips_about: "A conta em que os boletos são pagos. Em produção, sem ela: código 215.",
        "The account that boletos are paid to. In production, without it: code 215.";
    agency: "Agência", "Agency";
    account: "Conta", "Account";
    wallet: "Carteira", "Wallet (carteira)";
    convenio: "Convênio (Banco do Brasil)", "Convênio (Banco do Brasil)";
    digits_5: "De 1 a 5 dígitos, ou vazio.", "1 to 5 digits, or empty.";
    digits_8: "De 1 a 8 dígitos, ou vazio.", "1 to 8 digits, or empty.";
    digits_3: "De 1 a 3 dígitos, ou vazio.", "1 to 3 digits, or empty.";
    digits_7: "7 dígitos, ou vazio.", "7 digits, or empty.";
    access: "Acesso e API", "Access and API";
    access_about: "Como usuários entram e como a API responde.",
        "How users sign in and how the API answers.";
    factor: "Exigir segundo fator", "Demand a second factor";
    factor_about: "De todos os usuários, antes de qualquer outra página: também de você. Em \
                   produção, de administradores sempre.",
        "Of all users, before any other page: of you too. In production of administrators always.";
    dialect: "Dialeto da API", "Dialect of the API";
    dialect_about: "Muda códigos e formas das respostas: confira sua integração antes.",
        "Changes codes and forms of answers: look at your integration first.";
    dialect_manual: "Manual (2017)", "Manual (2017)";
    dialect_live: "Atual", "Live";
    wrong_days: "Digite um número de 1 a 30.", "Enter a number from 1 to 30.";
    wrong_score: "Digite um número de 0 a 99.", "Enter a number from 0 to 99.";
    wrong_hours: "Digite um número de 1 a 240.", "Enter a number from 1 to 240.";
    wrong_choice: "Escolha uma das opções.", "Choose one of the options.";
    wrong_limits: "Não entendido. Escreva como card=5/15m,ip=20/1h: de 1 a 60 vendas, até doze \
                   limites.",
        "Not understood. Write as card=5/15m,ip=20/1h: 1 to 60 sales, at most twelve limits.";
    elsewhere: "Em outras páginas", "On other pages";
    elsewhere_recurrence: "Recorrência: ligar, tentativas e intervalo",
        "Recurrence: on or off, attempts and interval";
    elsewhere_credentials: "Chave, IPs permitidos, notificações",
        "Key, addresses that may call, notifications";
    operator: "Definidas pelo operador", "Set by the operator";
    operator_about: "Fazem parte do contrato da loja. Para mudá-las, fale com o suporte.",
        "They are part of the shop's contract. To change them, contact support.";
    name: "Nome", "Name";
    establishment: "Estabelecimento", "Establishment";
    rate: "Chamadas por segundo", "Calls per second";
    rate_none: "sem limite", "no limit";
    unfinished: "Minutos até desfazer uma venda em dúvida",
        "Minutes until a sale in doubt is reversed";
    tariff: "Tarifa por função", "Tariff by function";
    function: "Função", "Function";
    price: "Tarifa", "Tariff";
}
