//! Jobs: captures or voids of many payments, prepared by a person, then done one after the other.
//!
//! Invariant: a job is a draft, then it runs, then it is finished, and never goes back. What a row
//! asks for changes only while its job is a draft; what became of a row is decided once. Whether a
//! capture or void is possible is not decided here but by the sale itself.

use crate::amount::Amount;
use crate::id::{JobId, MerchantId, PaymentId};
use crate::payment::State;
use crate::refusal::Refusal;
use crate::sale::Sale;
use crate::settings::Settings;
use crate::time::{DAY, Timestamp};

/// Payments in one job at the most.
pub const MOST_ROWS: usize = 5_000;
/// How long a draft can be changed and confirmed, in microseconds: a day. What it was prepared for
/// is old then.
pub const DRAFT_FOR: i64 = DAY;

/// What a job does with each of its payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Takes money.
    Capture,
    /// Gives money or the reserved limit back.
    Void,
}

impl JobKind {
    /// The word in columns and addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Void => "void",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Capture, Self::Void]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// The amount that a form for a sale begins with: all that can be captured, all that is left to
    /// give back. Of a sale with which nothing can be done, the whole amount.
    #[must_use]
    pub fn prefilled(self, sale: &Sale) -> Amount {
        let left = match (self, &sale.state) {
            (Self::Void, State::Confirmed(confirmed)) => confirmed.left().ok(),
            (Self::Capture | Self::Void, _) => None,
        };
        left.unwrap_or(sale.amount)
    }

    /// What the sale itself says of doing this now: the rules of the API, tried on a copy.
    ///
    /// # Errors
    /// The refusal that the API would answer with.
    pub fn preflight(
        self,
        sale: &Sale,
        amount: Option<Amount>,
        now: Timestamp,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let part = amount.map(Amount::cents);
        let tried = sale.clone();
        match self {
            Self::Capture => tried.capture(part, None, now, settings.capture_window_days),
            Self::Void => tried.void(part, now, settings.refunds_enabled),
        }
        .map(drop)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// A person still chooses amounts; nothing was done.
    Draft,
    /// Confirmed; its rows are done.
    Running,
    /// Every row is decided.
    Finished,
}

impl JobState {
    /// The number in the column.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::Running => 1,
            Self::Finished => 2,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        [Self::Draft, Self::Running, Self::Finished]
            .into_iter()
            .find(|state| i64::from(state.number()) == number)
    }
}

/// A capture or void of many payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Whose.
    pub merchant: MerchantId,
    /// Its name.
    pub id: JobId,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// Where it stands.
    pub state: JobState,
    /// When it is looked at next; absent unless it runs.
    pub due_at: Option<Timestamp>,
    /// Who made or confirmed it: a user's login.
    pub by: String,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When its last row was decided.
    pub finished_at: Option<Timestamp>,
    /// What became of its rows; zeros until it is finished.
    pub totals: Totals,
    /// What it does.
    pub kind: JobKind,
    /// How many rows it has.
    pub total: u32,
    /// The job whose refused rows it tries again.
    pub retry_of: Option<JobId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many rows of a job stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Not yet tried.
    pub waiting: u32,
    /// Done.
    pub done: u32,
    /// Refused by a rule, or by a fault of ours.
    pub refused: u32,
    /// Of payments in doubt.
    pub in_doubt: u32,
    /// Left out.
    pub skipped: u32,
    /// Cents that rows not left out ask for.
    pub asked: i64,
    /// Cents that were captured or given back.
    pub moved: i64,
}

impl Totals {
    /// Rows that are decided.
    #[must_use]
    pub const fn decided(&self) -> u32 {
        let decided = self.done.saturating_add(self.refused);
        decided.saturating_add(self.skipped)
    }

    /// All rows.
    #[must_use]
    pub const fn all(&self) -> u32 {
        let open = self.waiting.saturating_add(self.in_doubt);
        self.decided().saturating_add(open)
    }

    /// Rows that will still be tried, or were.
    #[must_use]
    pub const fn chosen(&self) -> u32 {
        self.all().saturating_sub(self.skipped)
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Not yet tried.
    Waiting,
    /// Done, with so many cents.
    Done(Amount),
    /// Not done: a rule forbids it, or, without one, by a fault of ours that the log tells of.
    Refused(Option<Refusal>),
    /// Nobody knows yet whether the payment was authorized; it is tried when that is known.
    InDoubt,
    /// Left out by who made the job.
    Skipped,
}

impl RowState {
    /// The number in the column.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Waiting => 0,
            Self::Done(_) => 1,
            Self::Refused(_) => 2,
            Self::InDoubt => 3,
            Self::Skipped => 4,
        }
    }

    /// Restores what was stored: number, cents done, name of the refusal.
    #[must_use]
    pub fn restored(number: i64, done: Option<Amount>, refusal: Option<&str>) -> Option<Self> {
        Some(match number {
            0 => Self::Waiting,
            1 => Self::Done(done?),
            2 => Self::Refused(refusal.and_then(Refusal::parse)),
            3 => Self::InDoubt,
            4 => Self::Skipped,
            _ => return None,
        })
    }

    /// Whether it will not change any more.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        match self {
            Self::Done(_) | Self::Refused(_) | Self::Skipped => true,
            Self::Waiting | Self::InDoubt => false,
        }
    }
}

/// One payment of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Whose.
    pub merchant: MerchantId,
    /// Of which job.
    pub job: JobId,
    /// Its place, from 1.
    pub position: u32,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// What became of it.
    pub state: RowState,
    /// Cents asked for.
    pub amount: Amount,
    /// When it was decided.
    pub at: Option<Timestamp>,
    /// The payment.
    pub payment: PaymentId,
}

impl Job {
    /// A draft of so many rows.
    #[must_use]
    pub fn draft(merchant: MerchantId, id: JobId, kind: JobKind, by: &str, now: Timestamp) -> Self {
        Self {
            merchant,
            id,
            version: 1,
            state: JobState::Draft,
            due_at: None,
            by: by.to_owned(),
            confirmed_at: None,
            finished_at: None,
            totals: Totals::default(),
            kind,
            total: 0,
            retry_of: None,
            created_at: now,
        }
    }

    /// The same draft, one version on, after its rows changed; `None` when it is no draft, or an
    /// old one.
    #[must_use]
    pub fn edited(mut self, now: Timestamp) -> Option<Self> {
        if self.state != JobState::Draft || now.since(self.created_at) > DRAFT_FOR {
            return None;
        }
        self.version = self.version.saturating_add(1);
        Some(self)
    }

    /// Confirmed, and due at once; `None` when it is no draft, or an old one.
    #[must_use]
    pub fn confirmed(self, by: &str, now: Timestamp) -> Option<Self> {
        let mut running = self.edited(now)?;
        running.state = JobState::Running;
        by.clone_into(&mut running.by);
        running.confirmed_at = Some(now);
        running.due_at = Some(now);
        Some(running)
    }

    /// Looked at again at a moment.
    #[must_use]
    pub fn put_off(mut self, until: Timestamp) -> Self {
        self.version = self.version.saturating_add(1);
        self.due_at = Some(until);
        self
    }

    /// Finished: every row is decided.
    #[must_use]
    pub fn finished(mut self, totals: Totals, now: Timestamp) -> Self {
        self.version = self.version.saturating_add(1);
        self.state = JobState::Finished;
        self.due_at = None;
        self.finished_at = Some(now);
        self.totals = totals;
        self
    }
}

impl JobRow {
    /// The row after something became of it.
    #[must_use]
    pub fn became(&self, state: RowState, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            at: state.is_decided().then_some(now),
            state,
            ..self.clone()
        }
    }

    /// The row of a draft with another amount; left out without one. `None` when it says so
    /// already, or is decided.
    #[must_use]
    pub fn edited(&self, amount: Option<Amount>) -> Option<Self> {
        let state = match (self.state, amount) {
            (RowState::Waiting | RowState::Skipped, Some(_)) => RowState::Waiting,
            (RowState::Waiting | RowState::Skipped, None) => RowState::Skipped,
            (RowState::Done(_) | RowState::Refused(_) | RowState::InDoubt, _) => return None,
        };
        let amount = amount.unwrap_or(self.amount);
        if state == self.state && amount == self.amount {
            return None;
        }
        Some(Self {
            version: self.version.saturating_add(1),
            state,
            amount,
            ..self.clone()
        })
    }

    /// The RequestId of the operation: names job and place, so that a record tells where it came
    /// from.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("job-{}-{}", self.job, self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn cents(cents: i64) -> Amount {
        Amount::new(cents).unwrap()
    }

    fn draft() -> Job {
        let merchant = MerchantId::from_bytes([1; 16]);
        Job::draft(
            merchant,
            JobId::from_bytes([2; 16]),
            JobKind::Void,
            "ana",
            NOW,
        )
    }

    fn row(state: RowState) -> JobRow {
        JobRow {
            merchant: MerchantId::from_bytes([1; 16]),
            job: JobId::from_bytes([2; 16]),
            position: 3,
            version: 1,
            state,
            amount: cents(100),
            at: None,
            payment: PaymentId::from_bytes([4; 16]),
        }
    }

    #[test]
    fn a_job_goes_from_draft_to_running_to_finished_and_never_back() {
        let running = draft().edited(NOW).unwrap().confirmed("bia", NOW).unwrap();
        assert_eq!((running.state, running.version), (JobState::Running, 3));
        assert_eq!((running.by.as_str(), running.due_at), ("bia", Some(NOW)));
        assert_eq!(running.clone().confirmed("ana", NOW), None);
        assert_eq!(running.clone().edited(NOW), None);
        let finished = running
            .put_off(NOW.plus(5))
            .finished(Totals::default(), NOW);
        assert_eq!(
            (finished.state, finished.due_at),
            (JobState::Finished, None)
        );
        assert_eq!(finished.clone().edited(NOW), None);
        assert_eq!(finished.confirmed("ana", NOW), None);
        let late = NOW.plus(DRAFT_FOR + 1);
        assert_eq!(draft().confirmed("ana", late), None, "an old draft");
    }

    #[test]
    fn a_row_is_edited_until_it_is_decided() {
        let waiting = row(RowState::Waiting);
        assert_eq!(waiting.edited(Some(cents(100))), None, "nothing changed");
        let less = waiting.edited(Some(cents(40))).unwrap();
        assert_eq!((less.amount, less.version), (cents(40), 2));
        let left_out = less.edited(None).unwrap();
        assert_eq!(
            (left_out.state, left_out.amount),
            (RowState::Skipped, cents(40))
        );
        let again = left_out.edited(Some(cents(40))).unwrap();
        assert_eq!(again.state, RowState::Waiting);
        for decided in [
            RowState::Done(cents(1)),
            RowState::Refused(None),
            RowState::InDoubt,
        ] {
            assert_eq!(row(decided).edited(Some(cents(1))), None);
        }
    }

    #[test]
    fn what_became_of_a_row_is_restored_from_what_is_stored() {
        let refused = RowState::Refused(Some(Refusal::CaptureLate));
        for state in [
            RowState::Waiting,
            RowState::Done(cents(7)),
            refused,
            RowState::Refused(None),
            RowState::InDoubt,
            RowState::Skipped,
        ] {
            let done = matches!(state, RowState::Done(_)).then(|| cents(7));
            let name = (state == refused).then(|| Refusal::CaptureLate.name());
            let number = i64::from(state.number());
            assert_eq!(RowState::restored(number, done, name), Some(state));
        }
        assert_eq!(RowState::restored(1, None, None), None);
        assert_eq!(RowState::restored(9, None, None), None);
    }

    #[test]
    fn totals_add_up() {
        let totals = Totals {
            waiting: 1,
            done: 2,
            refused: 3,
            in_doubt: 4,
            skipped: 5,
            ..Totals::default()
        };
        assert_eq!(
            (totals.all(), totals.decided(), totals.chosen()),
            (15, 10, 10)
        );
    }
}
