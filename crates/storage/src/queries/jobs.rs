//! Statements of jobs.
//!
//! Invariant: as in [`super`].

use crate::rows::jobs;

/// A job: merchant, id.
pub(crate) const JOB: &str = concat!(
    "SELECT ",
    jobs::columns!(),
    " FROM jobs WHERE merchant_id = $1 AND job_id = $2"
);

/// Jobs of a merchant, the newest first, before one: merchant, id, how many.
pub(crate) const JOBS: &str = concat!(
    "SELECT ",
    jobs::columns!(),
    " FROM jobs WHERE merchant_id = $1 AND job_id < $2 ORDER BY job_id DESC LIMIT $3"
);

/// Running jobs of all merchants that are due by a moment, the longest due first: moment, how many.
pub(crate) const JOBS_DUE: &str = concat!(
    "SELECT ",
    jobs::columns!(),
    " FROM jobs WHERE due_at <= $1 ORDER BY due_at, merchant_id, job_id LIMIT $2"
);

/// Payments of a job after a place: merchant, job, place, how many.
pub(crate) const JOB_ROWS: &str = concat!(
    "SELECT ",
    jobs::row_columns!(),
    " FROM job_rows WHERE merchant_id = $1 AND job_id = $2 AND position > $3 \
     ORDER BY position LIMIT $4"
);

/// Payments of a job in one state, after a place: merchant, job, place, state, how many.
pub(crate) const JOB_ROWS_IN: &str = concat!(
    "SELECT ",
    jobs::row_columns!(),
    " FROM job_rows WHERE merchant_id = $1 AND job_id = $2 AND position > $3 AND state = $4 \
     ORDER BY position LIMIT $5"
);

/// One payment of a job: merchant, job, place.
pub(crate) const JOB_ROW: &str = concat!(
    "SELECT ",
    jobs::row_columns!(),
    " FROM job_rows WHERE merchant_id = $1 AND job_id = $2 AND position = $3"
);

/// How many payments of a job stand in which state: merchant, job.
pub(crate) const JOB_COUNTS: &str = "SELECT state, count(*), CAST(sum(amount) AS BIGINT), \
     CAST(coalesce(sum(moved), 0) AS BIGINT) FROM job_rows \
     WHERE merchant_id = $1 AND job_id = $2 GROUP BY state ORDER BY state";

/// Takes or keeps the lease of a running job, when nobody else holds it: holder, until when,
/// merchant, job, now.
pub(crate) const TAKE_JOB: &str = "UPDATE jobs SET holder = $1, held_until = $2 \
     WHERE merchant_id = $3 AND job_id = $4 AND state = 1 \
     AND (held_until <= $5 OR holder = $1)";

/// Gives the leases of all jobs back: holder.
pub(crate) const GIVE_JOBS: &str = "UPDATE jobs SET held_until = 0 \
     WHERE due_at IS NOT NULL AND holder = $1 AND held_until > 0";

/// Forgets payments of drafts of a merchant made before one: merchant, id, how many.
pub(crate) const FORGET_DRAFT_ROWS: &str = "DELETE FROM job_rows WHERE merchant_id = $1 \
     AND job_id IN (SELECT job_id FROM jobs WHERE merchant_id = $1 AND job_id < $2 \
     AND state = 0 ORDER BY job_id LIMIT $3)";

/// Forgets drafts of a merchant made before one: merchant, id, how many.
pub(crate) const FORGET_DRAFTS: &str = "DELETE FROM jobs WHERE merchant_id = $1 AND state = 0 \
     AND job_id IN (SELECT job_id FROM jobs WHERE merchant_id = $1 AND job_id < $2 \
     AND state = 0 ORDER BY job_id LIMIT $3)";
