//! Writing the audit log.
//!
//! Invariant: an entry is in the same commit as what it tells of, and its number is the one after
//! the last: who came second reads again.

use aval_domain::audit::{Act, BEGINNING, Entry};
use aval_domain::id::MerchantId;
use aval_storage::access::AccessWrite;
use aval_storage::{Changes, CommitError, Conflict, ReadError, Write};

use crate::app::App;

/// Times a commit is tried again when another entry came first. Many: each try is one read, and
/// somebody else has written each time.
const TRIES: usize = 64;

/// The write of the next entry of a merchant's log. A commit with it that is refused with
/// [`Conflict::AuditNumberTaken`] is made again with a new one; [`commit`] does that.
///
/// # Errors
/// When the store cannot be read.
pub async fn entry(app: &App, merchant: MerchantId, act: &Act) -> Result<Write, ReadError> {
    let last = app.storage.last_entry(merchant).await?;
    let (number, before) = last.map_or((1, BEGINNING), |last| {
        (last.number.saturating_add(1), last.hash)
    });
    let at = app.clock.now();
    let hash = aval_vault::audit_hash(&act.hashed(&before, merchant, number, at));
    Ok(Write::Access(AccessWrite::InsertEntry(Box::new(Entry {
        merchant,
        number,
        at,
        act: act.clone(),
        hash,
    }))))
}

/// Commits writes of a merchant together with the entry that tells of them.
///
/// # Errors
/// Those of a commit; of conflicts only those of `writes`.
pub async fn commit(
    app: &App,
    merchant: MerchantId,
    act: &Act,
    writes: Vec<Write>,
) -> Result<(), CommitError> {
    let unread = |error: ReadError| CommitError::Unavailable(error.to_string());
    for _ in 0..TRIES {
        let mut writes = writes.clone();
        writes.push(entry(app, merchant, act).await.map_err(unread)?);
        match app.storage.commit(Changes { merchant, writes }).await {
            Err(CommitError::Conflict(Conflict::AuditNumberTaken)) => {}
            done => return done,
        }
    }
    Err(CommitError::Full)
}

/// Who does something: a person, whose deeds stand in the audit log, or what happens by itself.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The name in records: a login, or a tool like `cli`.
    pub name: &'a str,
    /// Who it is in the audit log, and from which address; nothing stands there of what happens by
    /// itself.
    told: Option<(&'a str, &'a str)>,
}

/// Who changes something by the command line, in the audit log. The blank keeps it apart from every
/// login.
pub const COMMAND_LINE: &str = "command line";

/// Something that happens by itself.
impl<'a> From<&'a str> for By<'a> {
    fn from(name: &'a str) -> Self {
        Self { name, told: None }
    }
}

impl<'a> By<'a> {
    /// An operator of the server, by the command line.
    pub const COMMAND_LINE: By<'static> = By {
        name: "cli",
        told: Some((COMMAND_LINE, "")),
    };

    /// A user of the back office, from an address.
    #[must_use]
    pub const fn user(login: &'a str, address: &'a str) -> Self {
        Self {
            name: login,
            told: Some((login, address)),
        }
    }

    /// The entry of something that a person does.
    #[must_use]
    pub fn act(&self, action: &str, subject: &str, detail: &str) -> Option<Act> {
        let (actor, address) = self.told?;
        Some(Act::new(actor, action, subject).with(detail).from(address))
    }
}

/// Commits writes, together with the entry that tells of them where there is one.
///
/// # Errors
/// As [`commit`].
pub async fn commit_told(
    app: &App,
    merchant: MerchantId,
    act: Option<&Act>,
    writes: Vec<Write>,
) -> Result<(), CommitError> {
    match act {
        Some(act) => commit(app, merchant, act, writes).await,
        None => app.storage.commit(Changes { merchant, writes }).await,
    }
}

/// What a look at a whole log found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries that hold.
    pub entries: u64,
    /// The number of the first that does not: changed, missing or put in later.
    pub broken: Option<u64>,
}

/// Entries read at a time.
const PAGE: u32 = 500;

/// Follows a merchant's log from its beginning.
///
/// # Errors
/// When the store cannot be read.
pub async fn verify(app: &App, merchant: MerchantId) -> Result<Verified, ReadError> {
    let mut before = BEGINNING;
    let mut entries = 0_u64;
    loop {
        let page = app.storage.entries_after(merchant, entries, PAGE).await?;
        if page.is_empty() {
            return Ok(Verified {
                entries,
                broken: None,
            });
        }
        for entry in page {
            let number = entries.saturating_add(1);
            let hashed = entry.act.hashed(&before, merchant, entry.number, entry.at);
            if entry.number != number || aval_vault::audit_hash(&hashed) != entry.hash {
                return Ok(Verified {
                    entries,
                    broken: Some(number),
                });
            }
            before = entry.hash;
            entries = number;
        }
    }
}
