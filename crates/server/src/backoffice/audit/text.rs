//! Texts of the audit log.
//!
//! Invariant: an action's own word is shown beside what is said of it here.

crate::backoffice::text::texts! {
    title: "Auditoria", "Audit log";
    lead: "Cada ação e cada acesso, encadeados: nada muda sem deixar rastro.",
        "Every action and every sign-in, chained: nothing changes unseen.";
    actor: "Quem", "Who";
    action: "Ação", "Action";
    any: "Todas", "All";
    subject: "O quê", "What";
    subject_hint: "Pagamento, usuário, configuração…", "Payment, user, setting…";
    filter: "Filtrar", "Filter";
    number: "Nº", "No.";
    at: "Quando", "When";
    address: "Endereço", "Address";
    hash: "Hash", "Hash";
    older: "Mais antigas", "Older";
    newest: "Mais recentes", "Newest";
    none: "Nada encontrado", "Nothing found";
    none_about: "Nenhuma entrada combina com o filtro.", "No entry fits the filter.";
    bounded: "Procurado em 10.000 entradas; há mais.",
        "Looked through 10,000 entries; there are more.";
    verify: "Verificar a corrente", "Verify the chain";
    export_title: "Exportar", "Export";
    export_about: "Um arquivo CSV com os hashes, para verificar a corrente fora daqui.",
        "A CSV file with the hashes, by which the chain can be verified elsewhere.";
    from: "De", "From";
    to: "Até", "To";
    download: "Baixar CSV", "Download CSV";
    holds: "A corrente está íntegra. Entradas verificadas:",
        "The chain holds. Entries verified:";
    broken: "A corrente está quebrada a partir da entrada", "The chain is broken from entry";
    sign_in: "Entrou", "Signed in";
    sign_in_refuse: "Tentativa recusada", "Attempt refused";
    sign_out: "Saiu", "Signed out";
    session_end: "Encerrou sessão", "Ended a session";
    factor_set: "Ativou segundo fator", "Switched second factor on";
    factor_codes: "Gerou códigos de recuperação", "Made recovery codes";
    factor_remove: "Desligou segundo fator", "Switched second factor off";
    user_password: "Trocou a senha", "Changed the password";
    user_reset: "Redefiniu a senha", "Reset the password";
    user_unlock: "Desbloqueou", "Unlocked";
    user_invite: "Convidou", "Invited";
    user_withdraw: "Retirou convite", "Withdrew an invitation";
    user_join: "Aceitou convite", "Accepted an invitation";
    user_add: "Criou usuário", "Made a user";
    user_role: "Trocou perfil", "Changed a role";
    user_block: "Retirou acesso", "Took access away";
    user_unblock: "Devolveu acesso", "Gave access back";
    payment_capture: "Capturou", "Captured";
    payment_cancel: "Cancelou", "Canceled";
    job_capture: "Capturou em bloco", "Captured a block";
    job_cancel: "Cancelou em bloco", "Canceled a block";
    job_export: "Baixou resultado de bloco", "Downloaded the result of a block";
    export: "Exportou transações", "Exported transactions";
    statement_export: "Baixou o extrato", "Downloaded the statement";
    audit_export: "Exportou a auditoria", "Exported the audit log";
    resend: "Reenviou notificação", "Sent a notification again";
    test: "Enviou notificação de teste", "Sent a test notification";
    console: "Usou o console do sandbox", "Used the sandbox console";
    review_decide: "Decidiu revisão", "Decided on a review";
    review_note: "Anotou revisão", "Noted on a review";
    settings: "Mudou configurações", "Changed settings";
}
