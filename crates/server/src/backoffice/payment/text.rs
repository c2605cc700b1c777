//! The texts of the payment page and of its forms.
//!
//! Invariant: as in [`crate::backoffice::text`].

use crate::backoffice::text::texts;

texts! {
    payment: "Pagamento", "Payment";
    out_of: "líquidos de", "net of";
    back: "Transações", "Transactions";
    capture: "Capturar", "Capture";
    cancel: "Cancelar", "Cancel";
    order: "Pedido", "Order Number";
    received: "Recebido", "Received";
    authorized: "Autorizado", "Authorized";
    captured: "Capturado", "Captured";
    given_back: "Devolvido", "Given back";
    net: "Líquido", "Net";
    still_open: "A capturar", "To capture";
    money: "Valores", "Money";
    timeline: "Linha do tempo", "Timeline";
    details: "Detalhes", "Details";
    buyer: "Comprador", "Buyer";
    name: "Nome", "Name";
    email: "E-mail", "E-mail";
    document: "Documento", "Document";
    birthdate: "Nascimento", "Birthdate";
    address: "Endereço", "Address";
    delivery: "Entrega", "Delivery";
    wallet: "Carteira", "Wallet";
    method: "Meio de pagamento", "Payment method";
    card: "Cartão", "Card";
    holder: "Portador", "Holder";
    expiry: "Validade", "Expires";
    brand: "Bandeira", "Brand";
    token: "CardToken", "CardToken";
    installments: "Parcelas", "Instalments";
    interest: "Juros", "Interest";
    by_merchant: "da loja", "by the shop";
    by_issuer: "do emissor", "by the issuer";
    descriptor: "Na fatura", "On the invoice";
    service_tax: "Taxa de serviço", "Service tax";
    acquirer: "Adquirente", "Acquirer";
    provider: "Provedor", "Provider";
    authorization_code: "Código de autorização", "Authorization code";
    due: "Vencimento", "Due";
    line: "Linha digitável", "Digitable line";
    slip_number: "Nosso número", "Slip number";
    paid_so_far: "Recebido do boleto", "Paid of the slip";
    why: "O que disse o emissor", "What the issuer said";
    meaning: "Significado", "Meaning";
    action: "O que dizer ao comprador", "What to tell the buyer";
    retry: "Nova tentativa", "Retry";
    retry_no: "Não permitida: o emissor recusará de novo.",
        "Not allowed: the issuer will refuse again.";
    retry_yes: "Permitida.", "Allowed.";
    retry_four: "Permitida, no máximo 4 vezes em 16 dias.", "Allowed, at most 4 times in 16 days.";
    retry_next_day: "Permitida a partir do dia seguinte, no máximo 4 vezes em 16 dias.",
        "Allowed from the following day, at most 4 times in 16 days.";
    unknown_code: "Não consta da tabela de códigos de retorno.",
        "It is not in the table of return codes.";
    simulated: "Código do simulador; o de um adquirente pode significar outra coisa.",
        "A code of the simulator; an acquirer's may mean something else.";
    tell_issuer: "Fale com o emissor do cartão ou use outro cartão.",
        "Ask the card's issuer, or use another card.";
    tell_expired: "Confira a validade do cartão ou use outro cartão.",
        "Check the card's expiry date, or use another card.";
    tell_other_card: "Use outro cartão.", "Use another card.";
    tell_later: "Tente de novo em alguns minutos.", "Try again in some minutes.";
    advice: "MerchantAdviceCode", "MerchantAdviceCode";
    fraud: "Análise de fraude", "Fraud analysis";
    score: "Pontuação", "Score";
    score_of: "de 99", "of 99";
    signal: "Sinal", "Signal";
    value: "Valor observado", "Value seen";
    weight: "Peso", "Weight";
    rules: "Regras aplicadas", "Rules applied";
    on_trial: "em teste", "on trial";
    no_signals: "Nenhum sinal contou.", "No signal counted.";
    not_analysed: "A análise não foi feita.", "No analysis was made.";
    velocity: "Velocidade", "Velocity";
    beyond: "limite ultrapassado", "limit passed";
    within: "dentro dos limites", "within limits";
    review: "Revisão", "Review";
    review_waits: "aguarda decisão até", "waits for a decision until";
    review_accepted: "aceita", "accepted";
    review_rejected: "rejeitada", "rejected";
    review_expired: "prazo esgotado; decidida pela configuração",
        "time is over; decided by the setting";
    notifications: "Notificações", "Notifications";
    no_notifications:
        "Nenhuma notificação: configure uma URL de notificação na área do desenvolvedor, ou a \
         notificação já foi removida após 30 dias.",
        "No notification: set a notification URL in the developer area, or it was removed after \
         30 days.";
    delivered: "Entregue", "Delivered";
    pending: "Pendente", "Pending";
    given_up: "Desistiu", "Given up";
    attempts: "tentativas", "attempts";
    attempt: "tentativa", "attempt";
    next_try: "próxima às", "next at";
    resend: "Reenviar", "Resend";
    resent: "A notificação será reenviada agora.", "The notification is being sent again.";
    no_answer: "sem resposta", "no answer";
    requests: "Requisições e respostas", "Requests and answers";
    requests_about:
        "Ficam na memória deste servidor, mascaradas: as últimas 100 da loja, por 24 horas, até \
         que ele reinicie. O que foi feito fica para sempre na linha do tempo.",
        "They are in the memory of this server, masked: the shop's last 100, for 24 hours, until \
         it is restarted. What was done stays in the timeline for good.";
    no_requests: "Nada deste pagamento está guardado.", "Nothing of this payment is kept.";
    request: "Requisição", "Request";
    its_answer: "Resposta", "Answer";
    no_body: "sem corpo", "no body";
    siblings: "Outras vendas do pedido", "Other sales of the order";
    recurrence: "Recorrência", "Recurrence";
    recurrence_id: "RecurrentPaymentId", "RecurrentPaymentId";
    recurrence_first: "primeiro pagamento", "first payment";
    recurrence_later: "cobrança programada", "scheduled charge";
    own_recurrence: "própria da loja", "run by the shop";
    interval: "Intervalo", "Interval";
    next: "Próxima", "Next";
    starts: "Início", "Start";
    ends: "Fim", "End";
    extra: "Dados extras", "Extra data";
    by_api: "API", "API";
    by_buyer: "comprador", "buyer";
    by_analysis: "análise de fraude", "fraud analysis";
    by_job: "bloco", "block";
    by_gateway: "gateway", "gateway";
    in_doubt: "A resposta do adquirente ainda não chegou; o gateway continua perguntando.",
        "The acquirer's answer has not come; the gateway keeps asking.";
    ev_sale: "Venda recebida", "Sale received";
    ev_authorized: "Autorizada", "Authorized";
    ev_captured_too: "Autorizada e capturada", "Authorized and captured";
    ev_denied: "Negada", "Denied";
    ev_aborted: "Abortada antes da autorização", "Aborted before authorization";
    ev_waiting: "Aguarda", "Waiting";
    ev_doubt: "Em dúvida: a resposta do adquirente não chegou",
        "In doubt: the acquirer's answer did not come";
    ev_resolution: "Resposta do adquirente descoberta", "Acquirer's answer found out";
    ev_analysis: "Análise de fraude", "Fraud analysis";
    ev_capture: "Captura", "Capture";
    ev_void: "Cancelamento", "Void";
    ev_refund: "Estorno", "Refund";
    ev_payment: "Pagamento recebido", "Payment received";
    ev_authentication: "Autenticação do comprador", "Buyer's authentication";
    ev_denial: "Recusada pelo banco", "Refused by the bank";
    ev_deferral: "O banco decidirá depois", "The bank decides later";
    ev_abandonment: "Comprador desistiu", "Buyer gave up";
    ev_review: "Entrou em revisão de fraude", "Fraud review began";
    ev_reviewed: "Revisão decidida", "Review decided";
    copy: "Copiar", "Copy";
    ask_capture: "Capturar pagamento", "Capture payment";
    ask_cancel: "Cancelar pagamento", "Cancel payment";
    amount: "Valor", "Amount";
    amount_hint_capture: "Um valor menor faz uma captura parcial: o resto é liberado ao comprador.",
        "A smaller amount makes it a partial capture: the rest is released to the buyer.";
    amount_hint_void: "Um valor menor faz um cancelamento parcial.",
        "A smaller amount makes it a partial cancellation.";
    amount_hint_whole: "Antes da captura só é possível cancelar o valor inteiro.",
        "Before the capture only the whole amount can be cancelled.";
    at_most: "no máximo", "at most";
    do_capture: "Capturar agora", "Capture now";
    do_cancel: "Cancelar agora", "Cancel now";
    keep: "Voltar sem alterar", "Go back, change nothing";
    refund_note: "Mais de 24 horas após a captura: será um estorno.",
        "More than 24 hours after the capture: it will be a refund.";
    bad_amount: "Informe um valor em reais, como 12,50.", "Enter an amount in reais, like 12.50.";
    cannot: "Não é possível", "Not possible";
    done_capture: "Captura feita.", "Captured.";
    done_cancel: "Cancelamento feito.", "Cancelled.";
    done_before: "Este formulário já tinha sido enviado; foi feito uma vez só.",
        "This form was sent before; it was done once.";
    code: "Código", "Code";
    factors: "Fatores", "Factors";
    see_review: "Ver revisão", "See review";
    nsu_before: "NSU anterior", "Former NSU";
    open_slip: "Abrir boleto", "Open slip";
    slip_pdf: "PDF", "PDF";
    see_recurrence: "Ver recorrência", "See recurrence";
    capture_until: "Pode ser capturado até", "It can be captured until";
    capture_closed: "O prazo de captura terminou em", "The capture window closed on";
    capture_closed_about: "O limite volta ao comprador; para cobrar, faça outra venda.",
        "The limit goes back to the buyer; to charge, make another sale.";
    not_captured: "Não capturado no prazo", "Not captured in time";
    mind_waiting:
        "A análise de fraude desta venda ainda aguarda uma decisão. Decida antes de capturar.",
        "The fraud analysis of this sale still waits for a decision. Decide before you capture.";
    mind_rejected: "A análise de fraude rejeitou esta venda: capturar é por sua conta e risco.",
        "The fraud analysis rejected this sale: you capture at your own risk.";
    st_not_finished: "Não finalizada", "Not finished";
    st_authorized: "Não paga", "Not Paid";
    st_to_pay: "Aguarda pagamento", "Waiting for payment";
    st_paid: "Paga", "Paid";
    st_denied: "Não autorizada", "Not Authorized";
    st_voided: "Estornada", "Reversed";
    st_refunded: "Reembolsada", "Refunded";
    st_pending: "Pendente", "Pending";
    st_aborted: "Abortada", "Aborted";
    why_not_found: "O pagamento não existe.", "There is no such payment.";
    why_capture_state: "Só um pagamento autorizado e ainda não capturado pode ser capturado.",
        "Only an authorized payment that was not captured can be captured.";
    why_capture_late: "O prazo de captura desta loja passou.",
        "The time this shop has to capture is over.";
    why_capture_amount: "O valor é zero ou maior que o autorizado.",
        "The amount is zero or more than was authorized.";
    why_void_state: "Nada há para cancelar: não foi autorizado, ou já foi cancelado.",
        "There is nothing to cancel: it was not authorized, or was cancelled before.";
    why_void_amount:
        "O valor é zero, maior que o que resta, ou parte de um pagamento ainda não capturado.",
        "The amount is zero, more than is left, or a part of what was not captured.";
    why_unsupported: "Boleto e transferência não têm captura nem cancelamento.",
        "Bank slips and transfers can be neither captured nor cancelled.";
    why_refunds_off:
        "Mais de 24 horas após a captura, e o estorno não está habilitado para a loja.",
        "More than 24 hours after the capture, and refunds are not enabled for the shop.";
    why_too_old: "Capturado há mais de 360 dias.", "Captured more than 360 days ago.";
    why_other: "Não é permitido no estado atual.", "It is not allowed as it stands.";
    ch_status: "Estado do pagamento", "Payment status";
    ch_recurrence: "Recorrência criada", "Recurrence created";
    ch_antifraud: "Análise de fraude", "Fraud analysis";
    ch_plan: "Estado da recorrência", "Recurrence status";
    ch_cancel_denied: "Cancelamento negado", "Cancel denied";
    ch_underpaid: "Boleto pago a menor", "Slip underpaid";
    ch_chargeback: "Chargeback", "Chargeback";
    ch_alert: "Alerta de fraude", "Fraud alert";
    ch_partial: "Cancelamento parcial", "Partial cancellation";
    m_credit: "Cartão de crédito", "Credit card";
    m_debit: "Cartão de débito", "Debit card";
    m_transfer: "Transferência eletrônica", "Electronic transfer";
    m_boleto: "Boleto", "Bank slip";
    an_accept: "Aceita", "Accept";
    an_reject: "Rejeitada", "Reject";
    an_review: "Em revisão", "Review";
    an_aborted: "Não feita", "Aborted";
    an_unfinished: "Pendente", "Unfinished";
}
