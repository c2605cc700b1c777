//! What is stored of searching: sales as they are searched, sums by day, usage, saved searches.
//!
//! Invariant: all of it but the saved searches is made from sales and operations, and can be made
//! again. A search goes along one index and reads a bounded number of rows.

use aval_domain::billing::Function;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::operation::{Kind, Operation};
use aval_domain::sale::Sale;
use aval_domain::search::{Combination, Figures, FoundSale};
use aval_domain::time::Timestamp;
use futures_util::future::try_join_all;

use crate::queries::search as queries;
use crate::value::{Decode, Value};
use crate::{CommitError, Engine, ReadError, Storage};

/// One write of the search. What has a version is new with version 1 and expects the version before
/// with a later one.
#[derive(Debug, Clone)]
pub enum SearchWrite {
    /// A sale as it is searched.
    PutSale(Box<FoundSale>),
    /// A ProofOfSale that a sale had before; it may be there.
    PutFormerNsu(FormerNsu),
    /// An operation by its day; it may be there.
    PutOperation(DatedOperation),
    /// A combination; expects that its number is free.
    InsertCombination(Box<Numbered>),
    /// Sums of a day and a combination.
    PutDay(DayFigures),
    /// How often a function was used on a day.
    PutUsage(Usage),
    /// A saved search, instead of the one of that name.
    PutView(View),
    /// A saved search that goes; it may have gone.
    DeleteView {
        /// Whose.
        login: String,
        /// Its name.
        name: String,
    },
}

/// A ProofOfSale that a sale had until a capture brought another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerNsu {
    /// The number; not empty.
    pub nsu: String,
    /// The sale.
    pub payment: PaymentId,
    /// The version of the sale from which it is known.
    pub sale_version: u32,
}

/// An operation as those of a day are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedOperation {
    /// What was done.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// To which payment.
    pub payment: PaymentId,
    /// The version of the sale that it made.
    pub version: u32,
    /// The version of the sale from which it is known.
    pub sale_version: u32,
}

/// A combination with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// Its number, from 1.
    pub number: u32,
    /// The combination.
    pub combination: Combination,
}

/// Sums of a day and a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// The São Paulo day, counted from 1970-01-01.
    pub day: i64,
    /// The combination.
    pub combination: u32,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// The sums.
    pub figures: Figures,
}

/// How often a function was used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The São Paulo day, counted from 1970-01-01.
    pub day: i64,
    /// The function.
    pub function: Function,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// How often.
    pub count: i64,
}

/// A search that a user saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Whose.
    pub login: String,
    /// Its name.
    pub name: String,
    /// When.
    pub saved_at: Timestamp,
    /// What stands in the address of the page behind `?`.
    pub query: String,
}

/// Along which index sales are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// All of the merchant.
    All,
    /// All of the merchant, those given that have so many cents: from, to.
    OfAmount(i64, i64),
    /// Of a combination.
    Combination(u32),
    /// Of a Tid.
    Tid(String),
    /// Of a ProofOfSale.
    Nsu(String),
    /// Of a ProofOfSale that is theirs no more.
    FormerNsu(String),
    /// Of a card's last four digits.
    Last4(String),
    /// Of an order.
    Order(String),
}

/// A stretch of payments, in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Payments above this one.
    pub above: PaymentId,
    /// Payments below this one.
    pub below: PaymentId,
    /// The newest first, or the oldest.
    pub newest_first: bool,
}

impl Source {
    /// The statement that reads it, for whoever explains what it costs; its parameters are the
    /// merchant, the value if it has one, the ends of the stretch, and the bound.
    #[must_use]
    pub const fn sql(&self, newest_first: bool) -> &'static str {
        let (newest, oldest) = match self {
            Self::All => (queries::FOUND, queries::FOUND_UP),
            Self::OfAmount(..) => (queries::FOUND_OF_AMOUNT, queries::FOUND_OF_AMOUNT_UP),
            Self::Combination(_) => (
                queries::FOUND_BY_COMBINATION,
                queries::FOUND_BY_COMBINATION_UP,
            ),
            Self::Tid(_) => (queries::FOUND_BY_TID, queries::FOUND_BY_TID_UP),
            Self::Nsu(_) => (queries::FOUND_BY_NSU, queries::FOUND_BY_NSU_UP),
            Self::FormerNsu(_) => (
                queries::FOUND_BY_FORMER_NSU,
                queries::FOUND_BY_FORMER_NSU_UP,
            ),
            Self::Last4(_) => (queries::FOUND_BY_LAST4, queries::FOUND_BY_LAST4_UP),
            Self::Order(_) => (queries::FOUND_BY_ORDER, queries::FOUND_BY_ORDER_UP),
        };
        if newest_first { newest } else { oldest }
    }
}

impl Storage {
    /// Looks at up to `most` sales of a source within a stretch, in its order.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn search(
        &self,
        of: MerchantId,
        source: &Source,
        stretch: Stretch,
        most: u32,
    ) -> Result<Vec<FoundSale>, ReadError> {
        let value: Option<Value> = match source {
            Source::All | Source::OfAmount(..) => None,
            Source::Combination(number) => Some((*number).into()),
            Source::Tid(text)
            | Source::Nsu(text)
            | Source::FormerNsu(text)
            | Source::Last4(text)
            | Source::Order(text) => Some(text.as_str().into()),
        };
        let mut params: Vec<Value> = vec![of.into()];
        params.extend(value);
        params.extend([stretch.above.into(), stretch.below.into(), most.into()]);
        if let Source::OfAmount(least, highest) = source {
            params.extend([(*least).into(), (*highest).into()]);
        }
        self.rows(source.sql(stretch.newest_first), params).await
    }

    /// The payment of a stretch that so many others come before.
    ///
    /// # Errors
    /// As above.
    pub async fn search_place(
        &self,
        of: MerchantId,
        stretch: Stretch,
        after: u32,
    ) -> Result<Option<PaymentId>, ReadError> {
        let sql = if stretch.newest_first {
            queries::FOUND_PLACE
        } else {
            queries::FOUND_PLACE_UP
        };
        let Stretch { above, below, .. } = stretch;
        let params = vec![of.into(), above.into(), below.into(), after.into()];
        Ok(self.rows(sql, params).await?.pop())
    }

    /// Sales of a merchant by key, without what was paid of slips; in the order of the keys.
    ///
    /// # Errors
    /// As above.
    pub async fn sales(
        &self,
        of: MerchantId,
        payments: &[PaymentId],
    ) -> Result<Vec<Option<Sale>>, ReadError> {
        let keys = payments.iter().map(|id| vec![of.into(), (*id).into()]);
        self.many(crate::queries::SALE, keys.collect()).await
    }

    /// What was done of a kind to a merchant's payments since a moment and before an operation,
    /// named by its moment, payment and version, as far as it was made searchable; the newest
    /// first, up to `most`.
    ///
    /// # Errors
    /// As above.
    pub async fn operations_between(
        &self,
        of: MerchantId,
        kind: Kind,
        since: Timestamp,
        before: (Timestamp, PaymentId, u32),
        most: u32,
    ) -> Result<Vec<Operation>, ReadError> {
        let (at, payment, version) = before;
        let params = vec![
            of.into(),
            kind.name().into(),
            since.into(),
            at.into(),
            payment.into(),
            version.into(),
            most.into(),
        ];
        self.rows(queries::OPERATIONS_BETWEEN, params).await
    }

    /// Sales as they are searched, in the order of the keys.
    ///
    /// # Errors
    /// As above.
    pub async fn found_sales(
        &self,
        of: MerchantId,
        payments: &[PaymentId],
    ) -> Result<Vec<Option<FoundSale>>, ReadError> {
        let keys = payments.iter().map(|id| vec![of.into(), (*id).into()]);
        self.many(queries::FOUND_SALE, keys.collect()).await
    }

    /// A merchant's combinations by number.
    ///
    /// # Errors
    /// As above.
    pub async fn search_combinations(&self, of: MerchantId) -> Result<Vec<Numbered>, ReadError> {
        self.rows(queries::SEARCH_COMBINATIONS, vec![of.into()])
            .await
    }

    /// Sums by combination over days, counted from 1970-01-01, both included.
    ///
    /// # Errors
    /// As above.
    pub async fn figures(
        &self,
        of: MerchantId,
        (first, last): (i64, i64),
    ) -> Result<Vec<(u32, Figures)>, ReadError> {
        let params = vec![of.into(), first.into(), last.into()];
        self.rows(queries::FIGURES, params).await
    }

    /// Sums by day and combination.
    ///
    /// # Errors
    /// As above.
    pub async fn figures_by_day(
        &self,
        of: MerchantId,
        (first, last): (i64, i64),
    ) -> Result<Vec<DayFigures>, ReadError> {
        let params = vec![of.into(), first.into(), last.into()];
        self.rows(queries::FIGURES_BY_DAY, params).await
    }

    /// The sums of days and combinations, in the order of the keys.
    ///
    /// # Errors
    /// As above.
    pub async fn figures_of_days(
        &self,
        of: MerchantId,
        keys: impl Iterator<Item = (i64, u32)>,
    ) -> Result<Vec<Option<DayFigures>>, ReadError> {
        let keys = keys.map(|(day, number)| vec![of.into(), day.into(), number.into()]);
        self.many(queries::FIGURES_OF_DAY, keys.collect()).await
    }

    /// How often functions were used by day, both days included.
    ///
    /// # Errors
    /// As above.
    pub async fn usage(
        &self,
        of: MerchantId,
        (first, last): (i64, i64),
    ) -> Result<Vec<Usage>, ReadError> {
        let params = vec![of.into(), first.into(), last.into()];
        self.rows(queries::USAGE, params).await
    }

    /// How often functions were used on days, in the order of the keys.
    ///
    /// # Errors
    /// As above.
    pub async fn usage_of_days(
        &self,
        of: MerchantId,
        keys: impl Iterator<Item = (i64, Function)>,
    ) -> Result<Vec<Option<Usage>>, ReadError> {
        let number = |function: Function| i64::from(function.number());
        let keys = keys.map(|(day, one)| vec![of.into(), day.into(), number(one).into()]);
        self.many(queries::USAGE_OF_DAY, keys.collect()).await
    }

    /// Of the newest `most` sales of all merchants before one those that are searched as they no
    /// longer are, and the last of the sales that were looked at, when there may be more.
    ///
    /// # Errors
    /// As above.
    pub async fn stale(
        &self,
        before: PaymentId,
        most: u32,
    ) -> Result<(Vec<(MerchantId, PaymentId)>, Option<PaymentId>), ReadError> {
        let params = vec![before.into(), most.into()];
        let stale = self.rows(queries::STALE, params).await?;
        let params = vec![before.into(), most.saturating_sub(1).into()];
        let last = self.rows(queries::SALE_PLACE, params).await?.pop();
        Ok((stale, last))
    }

    /// A user's saved searches by name, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn views(
        &self,
        of: MerchantId,
        login: &str,
        limit: u32,
    ) -> Result<Vec<View>, ReadError> {
        let params = vec![of.into(), login.into(), limit.into()];
        self.rows(queries::VIEWS, params).await
    }

    /// Notes that a server runs which has yet to make what is searched of what it writes.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn server_runs(&self, server: [u8; 16], now: Timestamp) -> Result<(), CommitError> {
        let params = vec![Value::Id(server), now.into()];
        self.execute(queries::SERVER_RUNS, params).await.map(|_| ())
    }

    /// Notes that nothing of a server is to be made any more, unless it was seen later than that
    /// moment; says whether this call did.
    ///
    /// # Errors
    /// As above.
    pub async fn server_ended(
        &self,
        server: [u8; 16],
        seen_by: Timestamp,
    ) -> Result<bool, CommitError> {
        let params = vec![Value::Id(server), seen_by.into()];
        let gone = self.execute(queries::SERVER_ENDED, params).await?;
        Ok(gone > 0)
    }

    /// Servers that were last seen by a moment.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn servers_gone(&self, seen_by: Timestamp) -> Result<Vec<[u8; 16]>, ReadError> {
        self.rows(queries::SERVERS_GONE, vec![seen_by.into()]).await
    }

    /// Servers that were seen since a moment, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn servers_seen(
        &self,
        after: Timestamp,
        limit: u32,
    ) -> Result<Vec<[u8; 16]>, ReadError> {
        let params = vec![after.into(), limit.into()];
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.few(queries::SERVERS_SEEN, params).await,
            Engine::Postgres(postgres) => postgres.rows(queries::SERVERS_SEEN, params).await,
        }
    }

    /// The first row for each of many keys, beside the threads that serve requests.
    async fn many<T: Decode>(
        &self,
        sql: &'static str,
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<Option<T>>, ReadError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.many(sql, keys).await,
            Engine::Postgres(postgres) => {
                let each = keys.into_iter().map(|key| postgres.rows(sql, key));
                let found = try_join_all(each).await?;
                Ok(found.into_iter().map(|mut rows| rows.pop()).collect())
            }
        }
    }
}
