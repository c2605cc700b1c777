//! Recurrences that we run: a plan (RecurrentPayment), its calendar, its charges (Recurrence).
//!
//! Invariant: a charge belongs to one cycle of one plan, and a cycle is paid once; a plan moves to
//! its next cycle only when the one before was paid or given up (decisions D27 to D35).

mod attempts;
pub mod calendar;
mod change;
mod of_sale;
mod plan;

pub use self::attempts::{Attempts, allows_retry};
pub use self::change::{Modification, NewPayment};
pub use self::of_sale::{Began, SaleRecurrence};
pub use self::plan::{Begin, NewPlan, PlanDetails, PlanStatus, Recurrence, RecurrentPayment, Turn};
