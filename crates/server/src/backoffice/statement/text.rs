//! Texts of the billing statement.
//!
//! Invariant: every function has a name in both languages.

use aval_domain::tariff::Function;

use super::super::text::texts;

texts! {
    title: "Extrato de cobrança", "Billing statement";
    about: "O que cada função usada da API custou no mês.",
        "What each function of the API you used cost in the month.";
    month: "Mês", "Month";
    year: "Ano", "Year";
    show: "Mostrar", "Show";
    total: "Total", "Total";
    open: "Mês em andamento: os valores vão até agora.",
        "The month is still running: figures go up to now.";
    chart: "Últimos doze meses", "Last twelve months";
    chart_about: "Cada barra leva ao extrato do seu mês.",
        "Each bar leads to the statement of its month.";
    functions: "Funções usadas", "Functions used";
    column_function: "Função", "Function";
    column_count: "Quantidade", "Count";
    column_price: "Tarifa", "Tariff";
    column_amount: "Valor", "Amount";
    csv_month: "Mês", "Month";
    csv_price: "Tarifa (R$)", "Tariff (BRL)";
    csv_amount: "Valor (R$)", "Amount (BRL)";
    csv: "Baixar CSV", "Download CSV";
    pdf: "Baixar PDF", "Download PDF";
    made: "Emitido em", "Made on";
    support: "Dúvidas sobre os serviços cobrados?", "Questions about the charged services?";
    support_link: "Fale com o suporte", "Contact our support team";
    days: "Por dia", "By day";
    day: "Dia", "Day";
    none: "Esta função não foi usada neste mês.", "This function was not used in this month.";
    list: "Ver cada uma", "See each";
    when: "Quando", "When";
    order: "Pedido", "Order";
    payment: "Pagamento", "Payment";
    status: "Situação", "Status";
    first: "Primeira página", "First page";
    more: "Mais", "More";
    no_more: "Nada mais nesta página: continue na próxima.",
        "Nothing more on this page: go on with the next.";
    counted_only: "Esta função é só contada: não há lista de cada uso.",
        "This function is only counted: there is no list of each use.";
    back: "Voltar ao extrato", "Back to the statement";
    authorization: "Autorização", "Authorization";
    capture: "Captura", "Capture";
    void: "Cancelamento", "Void";
    refund: "Estorno", "Refund";
    tokenization: "Tokenização de cartão", "Card tokenization";
    recurrence_run: "Cobrança de recorrência", "Recurrence run";
    fraud_analysis: "Análise de fraude", "Fraud analysis";
    authentication: "Autenticação", "Authentication";
    boleto: "Boleto emitido", "Boleto issued";
    transfer: "Transferência eletrônica", "Electronic transfer";
    query: "Consulta", "Query";
    notification: "Notificação", "Notification";
}

impl Texts {
    /// The name of a function.
    #[must_use]
    pub const fn function(&self, function: Function) -> &'static str {
        match function {
            Function::Authorization => self.authorization,
            Function::Capture => self.capture,
            Function::Void => self.void,
            Function::Refund => self.refund,
            Function::Tokenization => self.tokenization,
            Function::RecurrenceRun => self.recurrence_run,
            Function::FraudAnalysis => self.fraud_analysis,
            Function::Authentication => self.authentication,
            Function::Boleto => self.boleto,
            Function::Transfer => self.transfer,
            Function::Query => self.query,
            Function::Notification => self.notification,
        }
    }
}
