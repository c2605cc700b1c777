//! Texts of recurrences and their configuration.
//!
//! Invariant: every status and interval has a name in both languages; the link "Payment method"
//! keeps the manual's label (decision D50).

use aval_domain::recurrence::PlanStatus;
use aval_domain::recurrence::calendar::Interval;

use super::super::text::texts;

texts! {
    title: "Recorrências", "Recurrences";
    about: "Assinaturas que se cobram sozinhas, e o que acontece quando uma cobrança é negada.",
        "Subscriptions that charge by themselves, and what happens when a charge is denied.";
    payment_method: "Meio de pagamento", "Payment method";
    forecast: "Previsão dos próximos 90 dias", "Forecast of the next 90 days";
    forecast_about: "Se cada cobrança for paga na primeira tentativa.",
        "If each charge is paid on its first attempt.";
    forecast_charges: "cobranças", "charges";
    forecast_cut: "São consideradas as primeiras 10.000 recorrências.",
        "The first 10,000 recurrences are taken into account.";
    plans: "Recorrências", "Recurrences";
    order: "Pedido", "Order";
    customer: "Comprador", "Buyer";
    amount: "Valor", "Amount";
    interval: "Intervalo", "Interval";
    next: "Próxima cobrança", "Next charge";
    status: "Situação", "Status";
    attempts_made: "tentativas negadas", "denied attempts";
    empty: "Nenhuma recorrência ainda", "No recurrence yet";
    empty_about: "Envie uma venda com o nó RecurrentPayment e ela aparece aqui.",
        "Send a sale with the node RecurrentPayment and it appears here.";
    empty_link: "Guia de recorrência", "Guide to recurrence";
    plan: "Recorrência", "Recurrence";
    back: "Voltar às recorrências", "Back to recurrences";
    start: "Primeira data", "First date";
    end: "Última data", "Last date";
    no_end: "sem fim", "no end";
    day: "Dia do mês", "Day of the month";
    successes: "Cobranças programadas pagas", "Scheduled charges paid";
    first_payment: "primeiro pagamento", "first payment";
    all: "Todas", "All";
    none_of_status: "Nenhuma nesta situação.", "None of this status.";
    card: "Cartão", "Card";
    made: "Criada em", "Made on";
    upcoming: "Próximas datas", "Next dates";
    no_upcoming: "Nenhuma cobrança prevista.", "No charge is foreseen.";
    charges: "Cobranças", "Charges";
    no_charges: "Nada foi cobrado ainda.", "Nothing was charged yet.";
    cycle: "Ciclo", "Cycle";
    attempt: "Tentativa", "Attempt";
    when: "Quando", "When";
    payment: "Pagamento", "Payment";
    pause: "Pausar", "Pause";
    pause_about: "Nada mais é cobrado até que seja retomada.",
        "Nothing more is charged until it is resumed.";
    resume: "Retomar", "Resume";
    resume_about: "Continua na próxima data futura da agenda.",
        "It goes on at the next future date of its schedule.";
    paused: "A recorrência foi pausada.", "The recurrence was paused.";
    resumed: "A recorrência foi retomada.", "The recurrence goes on.";
    refused: "Isto não pode ser feito com esta recorrência agora.",
        "This cannot be done with this recurrence now.";
    settings_title: "Configuração de recorrência", "Recurrence configuration";
    settings_about:
        "O que fazer quando o cartão de uma recorrência é negado. Vale para todas as \
         recorrências da loja.",
        "What to do when the card of a recurrence is denied. It holds for every recurrence of \
         the shop.";
    on: "Recorrência ligada", "Recurrence is on";
    on_about: "Desligada, novas recorrências são recusadas (código 319).",
        "When it is off, new recurrences are refused (code 319).";
    attempts: "Tentativas por cobrança", "Attempts at each charge";
    attempts_about:
        "A primeira conta. Quando se esgotam, a recorrência é desativada e a loja é avisada.",
        "The first one counts. When they are used up, the recurrence is deactivated and the shop \
         is told.";
    days: "Dias entre tentativas", "Days between attempts";
    days_about: "Um código de retorno que não permite nova tentativa encerra a cobrança na hora.",
        "A return code that allows no retry ends the charge at once.";
    save: "Salvar", "Save";
    saved: "Salvo. Vale a partir da próxima tentativa.",
        "Saved. It holds from the next attempt on.";
    wrong: "Escolha de 1 a 4 em cada campo.", "Choose 1 to 4 in each field.";
    read_only: "Somente a administração da loja altera esta página.",
        "Only administrators of the shop change this page.";
    active: "Ativa", "Active";
    finished: "Encerrada", "Finished";
    deactivated: "Pausada", "Paused";
    failed: "Desativada: cobrança negada", "Deactivated: charge denied";
    card_expired: "Cartão vencido", "Card expired";
    monthly: "Mensal", "Monthly";
    bimonthly: "Bimestral", "Bimonthly";
    quarterly: "Trimestral", "Quarterly";
    semi_annual: "Semestral", "Semi-annual";
    annual: "Anual", "Annual";
}

impl Texts {
    /// A status in words, and the kind of its badge.
    #[must_use]
    pub const fn status(&self, status: PlanStatus) -> (&'static str, &'static str) {
        match status {
            PlanStatus::Active => (self.active, "good"),
            PlanStatus::Finished => (self.finished, "soft"),
            PlanStatus::Deactivated => (self.deactivated, "mind"),
            PlanStatus::Failed => (self.failed, "wrong"),
            PlanStatus::CardExpired => (self.card_expired, "wrong"),
        }
    }

    /// An interval in a word.
    #[must_use]
    pub const fn interval(&self, interval: Interval) -> &'static str {
        match interval {
            Interval::Monthly => self.monthly,
            Interval::Bimonthly => self.bimonthly,
            Interval::Quarterly => self.quarterly,
            Interval::SemiAnnual => self.semi_annual,
            Interval::Annual => self.annual,
        }
    }
}
