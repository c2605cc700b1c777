//! What is stored of moving the sandbox's clock: who moves it, and what commands ask of servers.
//!
//! Invariant: one moves it at a time, under a lease, and each step expects the value before it, so
//! that of two moves none is lost. Leases count real time.

use aval_domain::id::MerchantId;
use aval_domain::time::Timestamp;

use crate::value::{BadCell, Cells, Column, Decode, Value};
use crate::{CommitError, ReadError, Storage, queries};

/// How the clock is to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMove {
    /// So many microseconds forward.
    Advance(i64),
    /// To a moment.
    Set(Timestamp),
    /// Back to real time.
    Reset,
}

/// A move that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedMove {
    /// Its name.
    pub id: [u8; 16],
    /// What was asked for.
    pub what: ClockMove,
    /// Whether somebody is at it, or was.
    pub taken: bool,
    /// What became of it, as the one who took it wrote it.
    pub outcome: Option<String>,
}

/// Moves read at a time.
const PAGE: u32 = 16;
/// Notifications made due at a time.
const AT_ONCE: u32 = 1_000;

impl Storage {
    /// Changes a setting of the whole server if it still has a value; says whether.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn change_setting(
        &self,
        name: &str,
        from: &str,
        to: &str,
    ) -> Result<bool, CommitError> {
        let params = vec![to.into(), name.into(), from.into()];
        Ok(self.execute(queries::CHANGE_SETTING, params).await? == 1)
    }

    /// Takes the lease of the clock, or keeps it, until a moment of real time; says whether it is
    /// ours.
    ///
    /// # Errors
    /// As above.
    pub async fn take_clock(
        &self,
        holder: [u8; 16],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, CommitError> {
        let params = vec![Value::Id(holder), until.into(), now.into()];
        Ok(self.execute(queries::TAKE_CLOCK, params).await? == 1)
    }

    /// Gives the lease of the clock back, if it is still ours.
    ///
    /// # Errors
    /// As above.
    pub async fn give_clock(&self, holder: [u8; 16]) -> Result<(), CommitError> {
        let given = self.execute(queries::GIVE_CLOCK, vec![Value::Id(holder)]);
        given.await.map(|_| ())
    }

    /// Whether somebody moves the clock, at a moment of real time.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn clock_is_moved(&self, now: Timestamp) -> Result<bool, ReadError> {
        let held: Option<i64> = self.first(queries::CLOCK_HOLDERS, vec![now.into()]).await?;
        Ok(held.is_some_and(|held| held > 0))
    }

    /// Asks the servers that run to move the clock.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn ask_move(
        &self,
        id: [u8; 16],
        what: ClockMove,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let (kind, micros) = match what {
            ClockMove::Advance(micros) => ("Advance", micros),
            ClockMove::Set(to) => ("Set", to.micros()),
            ClockMove::Reset => ("Reset", 0),
        };
        let params = vec![Value::Id(id), kind.into(), micros.into(), now.into()];
        self.execute(queries::ASK_MOVE, params).await.map(|_| ())
    }

    /// Moves that were asked for since a moment of real time and that nobody has taken.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn asked_moves(&self, since: Timestamp) -> Result<Vec<AskedMove>, ReadError> {
        let params = vec![since.into(), PAGE.into()];
        self.rows(queries::ASKED_MOVES, params).await
    }

    /// A move.
    ///
    /// # Errors
    /// As above.
    pub async fn asked_move(&self, id: [u8; 16]) -> Result<Option<AskedMove>, ReadError> {
        self.first(queries::ASKED_MOVE, vec![Value::Id(id)]).await
    }

    /// Takes a move; says whether nobody had.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn take_move(&self, id: [u8; 16]) -> Result<bool, CommitError> {
        Ok(self
            .execute(queries::TAKE_MOVE, vec![Value::Id(id)])
            .await?
            == 1)
    }

    /// Says what became of a move.
    ///
    /// # Errors
    /// As above.
    pub async fn end_move(&self, id: [u8; 16], outcome: &str) -> Result<(), CommitError> {
        let params = vec![outcome.into(), Value::Id(id)];
        self.execute(queries::END_MOVE, params).await.map(|_| ())
    }

    /// Takes a move back; says whether nobody had taken it.
    ///
    /// # Errors
    /// As above.
    pub async fn withdraw_move(&self, id: [u8; 16]) -> Result<bool, CommitError> {
        let withdrawn = self.execute(queries::WITHDRAW_MOVE, vec![Value::Id(id)]);
        Ok(withdrawn.await? == 1)
    }

    /// Forgets a move.
    ///
    /// # Errors
    /// As above.
    pub async fn forget_move(&self, id: [u8; 16]) -> Result<(), CommitError> {
        let forgotten = self.execute(queries::FORGET_MOVE, vec![Value::Id(id)]);
        forgotten.await.map(|_| ())
    }

    /// Forgets moves that were asked for before a moment of real time, by commands that have ended
    /// since; says how many.
    ///
    /// # Errors
    /// As above.
    pub async fn forget_moves(&self, before: Timestamp) -> Result<u64, CommitError> {
        self.execute(queries::FORGET_MOVES, vec![before.into()])
            .await
    }

    /// Makes notifications of a merchant that wait after so many attempts due by a moment at the
    /// latest: so a clock that was set back leaves none to wait longer than its schedule says.
    ///
    /// # Errors
    /// As above.
    pub async fn bring_forward(
        &self,
        of: MerchantId,
        attempts: u32,
        latest: Timestamp,
    ) -> Result<(), CommitError> {
        let params = || vec![latest.into(), of.into(), attempts.into(), AT_ONCE.into()];
        while self.execute(queries::BRING_FORWARD, params()).await? == u64::from(AT_ONCE) {}
        Ok(())
    }
}

impl Decode for AskedMove {
    fn column(at: usize) -> Column {
        let columns = ["move_id", "kind", "micros", "taken", "outcome"];
        ("clock_moves", columns.get(at).copied().unwrap_or(""))
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let micros = row.int(2)?;
        Ok(Self {
            id: row.array(0)?,
            what: match row.text(1)?.as_str() {
                "Advance" => ClockMove::Advance(micros),
                "Set" => ClockMove::Set(Timestamp::from_micros(micros)),
                "Reset" => ClockMove::Reset,
                _ => return Err(BadCell::new(1, "is no kind of move")),
            },
            taken: row.int(3)? != 0,
            outcome: row.opt_text(4)?,
        })
    }
}
