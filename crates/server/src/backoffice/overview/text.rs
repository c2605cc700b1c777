//! Texts of the overview.
//!
//! Invariant: as in [`crate::backoffice::text`].

crate::backoffice::text::texts! {
    title: "Visão geral", "Overview";
    lead: "Cada número leva às transações que o formam.",
        "Each figure leads to the transactions it is made of.";
    period: "Período", "Period";
    today: "Hoje", "Today";
    days_7: "7 dias", "7 days";
    days_30: "30 dias", "30 days";
    days_90: "90 dias", "90 days";
    sale: "venda", "sale";
    sales: "vendas", "sales";
    all: "Tentativas", "Attempts";
    asked_for: "pedidos", "asked for";
    approval: "Taxa de aprovação (cartões)", "Approval rate (cards)";
    out_of: "de", "of";
    paid: "Pagas", "Paid";
    captured: "capturados", "captured";
    to_capture: "A capturar", "To capture";
    to_pay: "Aguardam pagamento", "Waiting for payment";
    expired: "Prazo de captura encerrado", "Capture window closed";
    unfinished: "Não finalizadas", "Not finished";
    denied: "Não autorizadas", "Not authorized";
    canceled: "Canceladas", "Canceled";
    by_day: "Valores por dia", "Amounts by day";
    approved: "aprovado", "approved";
    returned: "devolvido", "given back";
    rest: "não concluído", "not concluded";
    reasons: "Motivos de negativa", "Reasons of denial";
    methods: "Por meio de pagamento", "By payment method";
    brands: "Por bandeira", "By brand";
    reason: "Motivo", "Reason";
    method: "Meio", "Method";
    brand: "Bandeira", "Brand";
    amount: "Valor", "Amount";
    net: "Líquido", "Net";
    count: "Vendas", "Sales";
    share: "Proporção", "Share";
    none: "Nenhuma no período.", "None in this period.";
    empty: "Nenhuma venda no período", "No sales in this period";
    empty_about: "As vendas feitas pela API aparecem aqui em segundos.",
        "Sales made over the API appear here within seconds.";
}
