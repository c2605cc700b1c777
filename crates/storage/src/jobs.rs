//! What is stored of jobs: the jobs, their payments, what is due, and whose turn it is.
//!
//! Invariant: leases only spare servers work that another does; that a payment of a job is captured
//! or voided once rests on the versions of the sale and of the row, written in one commit. Leases
//! count real time, since a sandbox's clock can be moved under them.

use aval_domain::id::{JobId, MerchantId};
use aval_domain::job::{Job, JobRow, RowState, Totals};
use aval_domain::time::Timestamp;

use crate::queries::jobs;
use crate::rows::jobs::Count;
use crate::value::Value;
use crate::{CommitError, ReadError, Storage};

impl Storage {
    /// A job.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn job(&self, of: MerchantId, id: JobId) -> Result<Option<Job>, ReadError> {
        self.first(jobs::JOB, vec![of.into(), id.into()]).await
    }

    /// Jobs of a merchant, the newest first, before one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn jobs(
        &self,
        of: MerchantId,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, ReadError> {
        let before = before.unwrap_or(JobId::from_bytes([255; 16]));
        let params = vec![of.into(), before.into(), limit.into()];
        self.rows(jobs::JOBS, params).await
    }

    /// Running jobs of all merchants that are due by a moment, the longest due first, at most
    /// `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn jobs_due(&self, by: Timestamp, limit: u32) -> Result<Vec<Job>, ReadError> {
        self.rows(jobs::JOBS_DUE, vec![by.into(), limit.into()])
            .await
    }

    /// Payments of a job after a place, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn job_rows(
        &self,
        of: MerchantId,
        job: JobId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<JobRow>, ReadError> {
        let params = vec![of.into(), job.into(), after.into(), limit.into()];
        self.rows(jobs::JOB_ROWS, params).await
    }

    /// Payments of a job that stand as `state` does (whatever it holds), after a place, at most
    /// `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn job_rows_in(
        &self,
        (of, job): (MerchantId, JobId),
        state: RowState,
        after: u32,
        limit: u32,
    ) -> Result<Vec<JobRow>, ReadError> {
        let params = vec![
            of.into(),
            job.into(),
            after.into(),
            i64::from(state.number()).into(),
            limit.into(),
        ];
        self.rows(jobs::JOB_ROWS_IN, params).await
    }

    /// One payment of a job.
    ///
    /// # Errors
    /// As above.
    pub async fn job_row(
        &self,
        of: MerchantId,
        job: JobId,
        position: u32,
    ) -> Result<Option<JobRow>, ReadError> {
        let params = vec![of.into(), job.into(), position.into()];
        self.first(jobs::JOB_ROW, params).await
    }

    /// How many payments of a job stand where, counted now.
    ///
    /// # Errors
    /// As above.
    pub async fn job_totals(&self, of: MerchantId, job: JobId) -> Result<Totals, ReadError> {
        let params = vec![of.into(), job.into()];
        let counts: Vec<Count> = self.rows(jobs::JOB_COUNTS, params).await?;
        let mut totals = Totals::default();
        for count in counts {
            let place = match count.state {
                0 => &mut totals.waiting,
                1 => &mut totals.done,
                2 => &mut totals.refused,
                3 => &mut totals.in_doubt,
                _ => &mut totals.skipped,
            };
            *place = place.saturating_add(count.rows);
            if count.state != i64::from(RowState::Skipped.number()) {
                totals.asked = totals.asked.saturating_add(count.asked);
            }
            totals.moved = totals.moved.saturating_add(count.moved);
        }
        Ok(totals)
    }

    /// Takes the lease of a running job, or keeps it, until a moment of real time; says whether it
    /// is ours.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn take_job(
        &self,
        (of, job): (MerchantId, JobId),
        holder: [u8; 16],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, CommitError> {
        let holder = Value::Id(holder);
        let params = vec![holder, until.into(), of.into(), job.into(), now.into()];
        Ok(self.execute(jobs::TAKE_JOB, params).await? == 1)
    }

    /// Gives back the leases of all jobs that are still ours.
    ///
    /// # Errors
    /// As above.
    pub async fn give_jobs(&self, holder: [u8; 16]) -> Result<(), CommitError> {
        let params = vec![Value::Id(holder)];
        self.execute(jobs::GIVE_JOBS, params).await.map(|_| ())
    }

    /// Forgets drafts of a merchant made before a moment at which they could be confirmed no more,
    /// at most `limit` of them; says how much. What was confirmed stays.
    ///
    /// # Errors
    /// As above.
    pub async fn forget_drafts(
        &self,
        of: MerchantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, CommitError> {
        let params = || {
            let before = JobId::at(before, [0; 10]);
            vec![of.into(), before.into(), limit.into()]
        };
        // A draft that old can be confirmed no more, so its payments may go first.
        let rows = self.execute(jobs::FORGET_DRAFT_ROWS, params()).await?;
        let jobs = self.execute(jobs::FORGET_DRAFTS, params()).await?;
        Ok(rows.saturating_add(jobs))
    }
}
