//! Texts of the overview.
//!
//! Invariant: the simulator's codes are told in its words.

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
    all: "Vendas", "Sales";
    approval: "Taxa de aprovação (cartões)", "Approval rate (cards)";
    out_of: "de", "of";
    paid: "Pagas", "Paid";
    not_paid: "A capturar ou a pagar", "Not paid yet";
    denied: "Não autorizadas", "Not authorized";
    canceled: "Canceladas", "Canceled";
    by_day: "Valores por dia", "Amounts by day";
    approved: "aprovado", "approved";
    rest: "não concluído", "not concluded";
    reasons: "Motivos de negativa", "Reasons of denial";
    methods: "Por meio de pagamento", "By payment method";
    brands: "Por bandeira", "By brand";
    reason: "Motivo", "Reason";
    method: "Meio", "Method";
    brand: "Bandeira", "Brand";
    amount: "Valor", "Amount";
    count: "Vendas", "Sales";
    share: "Proporção", "Share";
    none: "Nenhuma no período.", "None in this period.";
    empty: "Nenhuma venda no período", "No sales in this period";
    empty_about: "As vendas feitas pela API aparecem aqui em segundos.",
        "Sales made over the API appear here within seconds.";
}
