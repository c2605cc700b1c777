//! The texts of the search.
//!
//! Invariant: as in [`crate::backoffice::text`].

use crate::backoffice::text::texts;

texts! {
    title: "Consulta de transações", "Transaction search";
    lead:
        "Todas as transações da loja, em qualquer situação.",
        "All transactions of the shop, in whatever state.";
    box_label: "Buscar", "Search";
    box_hint:
        "status:paga valor>100 final:1231 data:7d",
        "status:paid amount>100 last4:1231 date:7d";
    run: "Buscar", "Search";
    clear: "Limpar", "Clear";
    filters: "Filtros", "Filters";
    apply: "Aplicar filtros", "Apply filters";
    columns: "Colunas", "Columns";
    apply_columns: "Mostrar colunas", "Show columns";
    views: "Buscas salvas", "Saved searches";
    view_name: "Nome", "Name";
    view_save: "Salvar esta busca", "Save this search";
    view_remove: "Remover", "Remove";
    no_views: "Nenhuma busca salva.", "No saved searches.";
    export: "Exportar", "Export";
    export_csv: "CSV", "CSV";
    export_xlsx: "Planilha (XLSX)", "Spreadsheet (XLSX)";
    help: "O que posso escrever?", "What can I write?";
    help_about:
        "Palavras se somam: cada uma restringe. Sem palavra-chave procura pedido, Tid, NSU, final \
         do cartão ou Payment Id; nomes de compradores não são buscados.",
        "Words add up: each narrows the search. Without a key it looks for order, Tid, NSU, end \
         of the card or Payment Id; names of buyers are not searched.";
    help_status: "status:paga,não-paga", "status:paid,not-paid";
    help_amount: "valor>100", "amount>100";
    help_amounts: "valor:10..20,50", "amount:10..20.50";
    help_days: "data:7d", "date:7d";
    help_day: "data:30/11/2026", "date:2026-11-30";
    help_month: "data:11/2026", "date:2026-11";
    help_last4: "final:1231", "last4:1231";
    help_order: "pedido:2014111706", "order:2014111706";
    help_code: "código:57", "code:57";
    help_group: "meio:crédito", "method:credit";
    help_brand: "bandeira:visa", "brand:visa";
    help_fraud: "fraude:em-revisão", "fraud:review";
    received: "Data", "Date";
    status: "Status da transação", "Transaction Status";
    amount: "Valor", "Amount";
    captured: "Capturado", "Captured";
    voided: "Devolvido", "Given back";
    method: "Meio de pagamento", "Payment method";
    card: "Cartão", "Card";
    order: "Número do pedido", "Order Number";
    customer: "Comprador", "Customer";
    nsu: "NSU", "NSU";
    tid: "Tid", "Tid";
    ec: "EC", "EC";
    payment_id: "Payment Id", "Payment Id";
    code: "Código de erro", "Error code";
    analysis: "Análise de fraude", "Fraud analysis";
    installments: "Parcelas", "Installments";
    groups: "Meios de pagamento (grupo)", "Payment methods (group)";
    methods: "Meios de pagamento (bandeira ou banco)", "Payment methods (brand or bank)";
    last4: "Final do cartão", "Last four digits";
    brand: "Bandeira", "Brand";
    any_number: "Texto", "Text";
    active: "Filtros ativos", "Active filters";
    take_away: "Tirar o filtro", "Remove the filter";
    period: "Período", "Period";
    today: "Hoje", "Today";
    yesterday: "Ontem", "Yesterday";
    last_days: "Últimos {} dias", "Last {} days";
    nothing_selected:
        "Nenhuma transação foi selecionada. Marque uma ou mais linhas e escolha de novo em Opções.",
        "No transaction was selected. Tick one or more rows and choose again in Options.";
    of_selected: "Só as selecionadas:", "Only those selected:";
    from: "De", "From";
    to: "Até", "To";
    least: "Valor mínimo", "Minimum amount";
    most: "Valor máximo", "Maximum amount";
    any: "Qualquer", "Any";
    paid: "Paga", "Paid";
    not_paid: "Não paga", "Not Paid";
    not_authorized: "Não autorizada", "Not Authorized";
    canceled: "Cancelada", "Canceled";
    reversed: "Estornada", "Reversed";
    refunded: "Reembolsada", "Refunded";
    not_finished: "Não finalizada", "Not finished";
    pending: "Pendente", "Pending";
    aborted: "Abortada", "Aborted";
    scheduled: "Agendada", "Scheduled";
    credit: "Crédito", "Credit";
    debit: "Débito", "Debit";
    boleto: "Boleto", "Boleto";
    transfer: "Transferência", "Transfer";
    analysis_none: "Nenhuma", "None";
    analysis_accept: "Aceita", "Accept";
    analysis_reject: "Rejeitada", "Reject";
    analysis_review: "Em revisão", "Review";
    analysis_aborted: "Abortada", "Aborted";
    analysis_unfinished: "Não finalizada", "Unfinished";
    transaction: "transação", "transaction";
    transactions: "transações", "transactions";
    at_least: "pelo menos", "at least";
    sum: "Soma", "Sum";
    net: "Líquido", "Net";
    none: "Nenhuma transação encontrada", "No transaction found";
    none_about: "Tire um filtro ou mude as datas.", "Take a filter away or change the dates.";
    none_yet: "Ainda não há transações", "There are no transactions yet";
    none_yet_about: "A primeira venda pela API aparece aqui um instante depois.",
        "The first sale by the API appears here a moment later.";
    stopped:
        "Para responder logo, a busca parou antes do fim. Procurou até",
        "To answer soon, the search stopped before its end. It searched as far as";
    go_on: "Continuar a busca", "Go on searching";
    older: "Mais antigas", "Older";
    newer: "Mais novas", "Newer";
    newest: "Mais recentes", "Newest";
    pages: "Páginas", "Pages";
    select: "Selecionar", "Select";
    select_all: "Selecionar todas da página", "Select all of the page";
    chosen: "selecionadas", "selected";
    options: "Opções", "Options";
    capture: "Capturar", "Capture";
    cancel: "Cancelar", "Cancel";
    all_found: "Tudo o que foi encontrado, até 5.000:", "All that was found, up to 5,000:";
    not_understood: "A busca não foi entendida", "The search was not understood";
    too_long: "A busca tem mais de {} caracteres.", "The search is longer than {} characters.";
    unknown_key:
        "“{}” não começa com uma palavra-chave conhecida. Para procurar o próprio texto, ponha-o \
         entre aspas. Conhecidas:",
        "“{}” does not begin with a known key. To look for the text itself, put it in quotation \
         marks. Known keys:";
    no_value: "Falta o valor em “{}”.", "“{}” has no value.";
    unknown_value:
        "“{}” tem um valor desconhecido. Valores:",
        "“{}” has an unknown value. Values:";
    not_compared:
        "“{}”: só valores e datas aceitam > e <.",
        "“{}”: only amounts and dates take > and <.";
    no_amount:
        "“{}” não tem um valor em reais, como 157 ou 157,90.",
        "“{}” has no amount in reais, like 157 or 157.90.";
    no_date:
        "“{}” não tem uma data, como 7d, hoje, 30/11/2026, 11/2026 ou 2026. Horas não se buscam.",
        "“{}” has no date, like 7d, today, 2026-11-30, 2026-11 or 2026. Times are not searched.";
    reversed_range:
        "“{}”: o começo vem depois do fim.",
        "“{}”: the beginning comes after the end.";
    no_buyer:
        "“{}”: a busca não procura nome nem e-mail de comprador. Procure por pedido, NSU, Tid ou \
         final do cartão.",
        "“{}”: names and e-mail addresses of buyers are not searched. Search by order, NSU, Tid \
         or the end of the card.";
    not_names:
        "“{}” foi procurado entre pedidos, Tids, NSUs, finais de cartão e Payment Ids. Nomes de \
         compradores não são buscados.",
        "“{}” was looked for among orders, Tids, NSUs, ends of cards and Payment Ids. Names of \
         buyers are not searched.";
    no_payment_id:
        "“{}” não tem um Payment Id, que é um GUID.",
        "“{}” has no Payment Id, which is a GUID.";
    not_four_digits:
        "“{}”: são os quatro últimos dígitos do cartão.",
        "“{}”: these are the last four digits of the card.";
    twice:
        "“{}” pede dois valores de uma coisa que só tem um.",
        "“{}” asks for two values of what has only one.";
    unclosed: "Falta fechar as aspas em “{}”.", "The quotation mark in “{}” is not closed.";
    sheet: "Transações", "Transactions";
    sheet_full: "A planilha está cheia; o CSV tem todas.", "The sheet is full; the CSV has all.";
}
