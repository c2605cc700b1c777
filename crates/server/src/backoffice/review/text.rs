//! Texts of the review queue, the lists and the rules.
//!
//! Invariant: every list, kind and verdict has a name in both languages.

use aval_domain::fraud::analysis::Verdict;
use aval_domain::fraud::lists::List;

use super::super::text::texts;

texts! {
    title: "Fila de revisão", "Review queue";
    about: "Vendas que a análise de fraude deixou para uma pessoa decidir.",
        "Sales that the fraud analysis left for a person to decide.";
    order: "Pedido", "Order";
    customer: "Comprador", "Buyer";
    amount: "Valor", "Amount";
    score: "Pontuação", "Score";
    reasons: "Motivos", "Reasons";
    since: "Desde", "Since";
    due: "Decidir até", "Decide by";
    next_page: "Próxima página", "Next page";
    empty: "Nada para revisar", "Nothing to review";
    empty_about: "As vendas que precisarem de uma decisão aparecem aqui.",
        "Sales that need a decision appear here.";
    review: "Revisão", "Review";
    back: "Voltar à fila", "Back to the queue";
    see_payment: "Ver pagamento", "See payment";
    waiting: "Aguardando decisão", "Waiting for a decision";
    accepted: "Aceita", "Accepted";
    rejected: "Rejeitada", "Rejected";
    expired: "Prazo encerrado", "Expired";
    decided_by: "Decidida por", "Decided by";
    decided_at: "Em", "On";
    accept: "Aceitar", "Accept";
    effects: "O que cada decisão faz", "What each decision does";
    accept_captures: "Captura agora", "Captures now";
    accept_keeps: "Só marca a venda como aceita: ela segue autorizada, e a captura é à parte.",
        "Only marks the sale as accepted: it stays authorized, and is captured apart.";
    accept_marks: "Só marca a venda como aceita.", "Only marks the sale as accepted.";
    reject: "Rejeitar", "Reject";
    reject_now: "Rejeitar agora", "Reject now";
    reject_gives_back: "Devolve ao comprador", "Gives back to the buyer";
    reject_releases: "Cancela a autorização de", "Voids the authorization of";
    reject_ends: "Encerra a venda sem perguntar ao adquirente.",
        "Ends the sale without asking the acquirer.";
    reject_keeps: "Só marca a venda como rejeitada: o valor fica como está; cancele à parte.",
        "Only marks the sale as rejected: the money stays as it is; cancel it apart.";
    reject_marks: "Só marca a venda como rejeitada.", "Only marks the sale as rejected.";
    reject_suspects: "Os endereços da venda passam a ser suspeitos.",
        "The addresses of the sale are suspicious from then on.";
    reject_stops: "A recorrência que ela iniciou é parada.",
        "The recurrence that it began is stopped.";
    accepted_now: "A venda foi aceita.", "The sale was accepted.";
    rejected_now: "A venda foi rejeitada.", "The sale was rejected.";
    decided_before: "Alguém já decidiu sobre esta venda.",
        "Somebody has decided on this sale already.";
    notes: "Anotações", "Notes";
    no_notes: "Nenhuma anotação.", "No notes.";
    note: "Nova anotação", "New note";
    note_add: "Anotar", "Add note";
    noted: "A anotação foi guardada.", "The note was kept.";
    note_wrong: "A anotação está vazia, ou não há mais espaço: 1.000 caracteres ao todo.",
        "The note is empty, or there is no more room: 1,000 characters in all.";
    why: "Por que esta pontuação", "Why this score";
    why_about: "Cada sinal com o valor visto e os pontos que somou ou tirou.",
        "Each signal with the value it was seen in and the points it added or took.";
    no_lines: "A análise não viu nenhum sinal.", "The analysis saw no signal.";
    rules_applied: "Regras que se aplicaram", "Rules that applied";
    on_trial: "em teste", "on trial";
    factors: "Fatores", "Factors";
    buyer: "Dados da compra", "What was sent";
    email: "E-mail", "E-mail";
    document: "Documento", "Document";
    address: "Endereço", "Address";
    ip: "Endereço IP", "IP address";
    card: "Cartão", "Card";
    lists_title: "Listas", "Lists";
    lists_about:
        "Quem é confiável, recusado ou suspeito. Guardamos apenas um resumo cifrado do que é \
         listado.",
        "Who is trusted, refused or suspicious. Only an encrypted digest of what is listed is \
         kept.";
    list: "Lista", "List";
    kind: "Tipo", "Kind";
    shown: "Item", "Item";
    by: "Por", "By";
    at: "Quando", "When";
    add: "Incluir na lista", "Put on a list";
    value: "Valor", "Value";
    value_hint: "Endereço: CEP, rua e número separados por |.",
        "Address: postal code, street and number parted by |.";
    add_button: "Incluir", "Add";
    remove: "Remover", "Remove";
    entry_added: "O item está na lista.", "The item is on the list.";
    entry_removed: "O item saiu da lista.", "The item is off the list.";
    entry_wrong: "O valor não serve para este tipo.", "The value is none of this kind.";
    lists_empty: "As listas estão vazias", "The lists are empty";
    lists_empty_about: "Inclua um e-mail, um endereço IP, um cartão ou um documento.",
        "Add an e-mail, an IP address, a card or a document.";
    positive: "Positiva", "Positive";
    negative: "Negativa", "Negative";
    suspect: "Suspeita", "Suspect";
    kind_email: "E-mail", "E-mail";
    kind_ip: "Endereço IP", "IP address";
    kind_network: "Rede", "Network";
    kind_document: "Documento", "Document";
    kind_card: "Cartão", "Card";
    kind_device: "Dispositivo", "Device";
    kind_phone: "Telefone", "Phone";
    kind_address: "Endereço", "Address";
    kind_other: "Outro", "Other";
    rules_title: "Regras", "Rules";
    rules_about: "Expressões próprias da loja, avaliadas em cada análise de fraude.",
        "Your shop’s own expressions, looked at in each fraud analysis.";
    rule: "Regra", "Rule";
    rule_name: "Nome", "Name";
    rule_name_hint: "Letras minúsculas, números e _.", "Small letters, digits and _.";
    expression: "Quando (expressão CEL)", "When (CEL expression)";
    expression_hint: "Por exemplo: amount > 100000 && email_free",
        "For example: amount > 100000 && email_free";
    action: "O que faz", "What it does";
    action_hint: "score +20, accept, review, reject ou list negative email.",
        "score +20, accept, review, reject or list negative email.";
    position: "Posição", "Position";
    enabled: "Ligada", "Enabled";
    dry_run: "Em teste: só conta onde se aplicaria", "On trial: only told where it would apply";
    state: "Situação", "State";
    off: "Desligada", "Off";
    on: "Ligada", "On";
    edit: "Editar", "Edit";
    new_rule: "Nova regra", "New rule";
    edit_rule: "Editar regra", "Edit rule";
    save: "Salvar", "Save";
    attempt: "Testar na venda", "Try on the sale";
    sale: "Venda de teste (JSON)", "Sale to try (JSON)";
    sale_hint: "Sem histórico: só o que a venda diz. Nada é guardado.",
        "Without a history: only what the sale says. Nothing is kept.";
    tried: "Resultado do teste", "Result of the trial";
    no_rules_applied: "Nenhuma regra se aplicou.", "No rule applied.";
    variables: "Variáveis", "Variables";
    rule_saved: "A regra foi salva.", "The rule was saved.";
    rule_removed: "A regra foi removida.", "The rule was removed.";
    rules_empty: "Nenhuma regra ainda", "No rule yet";
    rules_empty_about: "Comece com uma regra em teste e veja onde ela se aplicaria.",
        "Begin with a rule on trial and see where it would apply.";
    wrong_name: "O nome tem de 1 a 64 letras minúsculas, números e _.",
        "A name has 1 to 64 small letters, digits and _.";
    wrong_bounds: "A expressão é grande demais: até 500 caracteres, 150 partes, 24 níveis.",
        "The expression is too large: at most 500 characters, 150 parts, 24 levels.";
    wrong_syntax: "Isto não é uma expressão:", "This is no expression:";
    wrong_variable: "Variável desconhecida:", "Unknown variable:";
    wrong_unsupported: "Não serve para regras:", "Not for rules:";
    wrong_kind: "A expressão precisa dizer sim ou não:", "The expression has to say yes or no:";
    wrong_action:
        "Isto não é o que uma regra faz: use score +20, accept, review, reject ou list negative \
         email.",
        "This is nothing that a rule does: use score +20, accept, review, reject or list \
         negative email.";
    wrong_position: "A posição é um número.", "The position is a number.";
    wrong_many: "Uma loja tem no máximo tantas regras:", "A shop has at most so many rules:";
    wrong_sale: "A venda não pode ser lida:", "The sale cannot be read:";
    verdict_accept: "Aceitar", "Accept";
    verdict_review: "Revisar", "Review";
    verdict_reject: "Rejeitar", "Reject";
}

impl Texts {
    /// A list in a word, and the kind of its badge.
    #[must_use]
    pub const fn list(&self, list: List) -> (&'static str, &'static str) {
        match list {
            List::Positive => (self.positive, "good"),
            List::Negative => (self.negative, "wrong"),
            List::Suspect => (self.suspect, "mind"),
        }
    }

    /// A kind of entries in a word.
    #[must_use]
    pub fn kind(&self, kind: &str) -> &'static str {
        match kind {
            "email" => self.kind_email,
            "ip" => self.kind_ip,
            "network" => self.kind_network,
            "document" => self.kind_document,
            "card" => self.kind_card,
            "device" => self.kind_device,
            "phone" => self.kind_phone,
            "address" => self.kind_address,
            _ => self.kind_other,
        }
    }

    /// A verdict in a word, and the kind of its badge.
    #[must_use]
    pub const fn verdict(&self, verdict: Verdict) -> (&'static str, &'static str) {
        match verdict {
            Verdict::Accept => (self.verdict_accept, "good"),
            Verdict::Review => (self.verdict_review, "mind"),
            Verdict::Reject => (self.verdict_reject, "wrong"),
        }
    }
}
