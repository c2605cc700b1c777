//! The texts of the pages of blocks.
//!
//! Invariant: as in [`crate::backoffice::text`].

use crate::backoffice::text::texts;

texts! {
    jobs: "Blocos", "Blocks";
    job: "Bloco", "Block";
    captures: "Captura em bloco", "Block capture";
    cancels: "Cancelamento em bloco", "Block cancellation";
    none: "Nenhum bloco ainda. Na busca, selecione transações e escolha Opções.",
        "No block yet. In the search, select transactions and choose Options.";
    when: "Quando", "When";
    what: "Ação", "Action";
    who: "Usuário", "User";
    rows: "Pagamentos", "Payments";
    state: "Situação", "State";
    amount: "Valor", "Amount";
    order: "Pedido", "Order Number";
    status: "Estado atual", "Current status";
    older: "Mais antigos", "Older";
    draft: "Rascunho", "Draft";
    running: "Em andamento", "Running";
    finished: "Concluído", "Finished";
    waiting: "Aguardando", "Waiting";
    done: "Feito", "Done";
    refused: "Recusado", "Refused";
    in_doubt: "Em dúvida", "In doubt";
    skipped: "Deixado de fora", "Skipped";
    all: "Todos", "All";
    amounts_title: "Valores", "Amounts";
    amounts_lead_capture:
        "Confira o valor de cada captura. Um valor menor captura só uma parte; campo vazio deixa \
         o pagamento de fora.",
        "Check the amount of each capture. A smaller amount captures a part; an empty field \
         leaves the payment out.";
    amounts_lead_void:
        "Confira o valor de cada cancelamento. Um valor menor devolve só uma parte; campo vazio \
         deixa o pagamento de fora.",
        "Check the amount of each cancellation. A smaller amount gives back a part; an empty \
         field leaves the payment out.";
    save: "Salvar valores", "Save amounts";
    to_check: "Conferir e confirmar", "Check and confirm";
    back_to_amounts: "Voltar aos valores", "Back to the amounts";
    can: "Possível", "Possible";
    cannot: "Não é possível", "Not possible";
    check_title: "Conferência", "Check";
    verdict: "Pode ser feito?", "Can it be done?";
    check_can_one: "será feito", "will be done";
    check_doubt_one: "aguarda a resposta do adquirente e será feito depois",
        "waits for the acquirer's answer and is done afterwards";
    check_cannot_one: "não pode ser feito agora", "cannot be done now";
    check_skipped_one: "fica de fora", "is left out";
    check_can: "serão feitos", "will be done";
    check_doubt: "aguardam a resposta do adquirente e serão feitos depois",
        "wait for the acquirer's answer and are done afterwards";
    check_cannot: "não podem ser feitos agora", "cannot be done now";
    check_skipped: "ficam de fora", "are left out";
    confirm_capture: "Capturar", "Capture";
    confirm_void: "Cancelar pagamentos", "Cancel payments";
    confirm_hint: "Depois de confirmado o bloco continua mesmo que esta página seja fechada.",
        "Once confirmed the block goes on even when this page is closed.";
    nothing_possible: "Nenhum pagamento deste bloco pode ser feito agora.",
        "No payment of this block can be done now.";
    stale: "Este rascunho não pode mais ser confirmado. Escolha os pagamentos de novo.",
        "This draft can no longer be confirmed. Choose the payments again.";
    check_changed:
        "Outra pessoa alterou este bloco. Confira os valores abaixo antes de confirmar.",
        "Somebody changed this block. Check the amounts below before you confirm.";
    nothing_chosen: "Nenhum pagamento foi escolhido.", "No payment was chosen.";
    too_many: "No máximo 5.000 pagamentos por bloco.", "At most 5,000 payments in one block.";
    too_wide: "A busca passa por transações demais. Escolha menos dias ou outro filtro.",
        "The search goes through too many transactions. Choose fewer days or another filter.";
    choose: "Ir para a busca", "Go to the search";
    progress: "Andamento", "Progress";
    of: "de", "of";
    moved_captured: "capturado", "captured";
    moved_voided: "devolvido", "given back";
    result: "Resultado", "Result";
    download: "Baixar CSV", "Download CSV";
    csv_position: "Posição", "Position";
    csv_payment: "Payment Id", "Payment Id";
    csv_moved: "Valor movimentado", "Amount moved";
    csv_code: "Código", "Code";
    csv_why: "Motivo", "Reason";
    csv_at: "Decidido em", "Decided at";
    retry: "Tentar de novo os recusados", "Retry the failed";
    retry_of: "Nova tentativa do bloco", "Retry of block";
    fault: "Falha nossa; o registro do servidor diz mais.",
        "A fault of ours; the server's log says more.";
    reload: "Atualizar", "Reload";
    next_page: "Próxima página", "Next page";
    previous_page: "Página anterior", "Previous page";
    saved: "Valores salvos.", "Amounts saved.";
    not_amounts:
        "Há valores que não foram entendidos. Corrija as linhas marcadas para continuar; até lá \
         esses pagamentos ficam de fora do bloco.",
        "Some amounts were not understood. Mend the marked rows to go on; until then those \
         payments are left out of the block.";
    not_amount: "Não é um valor, como 157 ou 157,90.", "Not an amount, like 157 or 157.90.";
    confirmed_at: "Confirmado", "Confirmed";
    finished_at: "Terminado", "Finished";
}
