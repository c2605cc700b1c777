//! `aval user …` and `aval audit …`
//!
//! Invariant: a merchant is named by its MerchantId, as in all other commands.

use clap::Subcommand;

/// `aval user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the users of a merchant
    List {
        /// MerchantId
        merchant: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make a user and print the password, this once
    Add {
        /// MerchantId
        merchant: String,
        /// Name to sign in with
        user: String,
        /// viewer, operator, finance or administrator
        #[arg(long, value_name = "ROLE", default_value = "administrator")]
        role: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a user who lost access a new password, printed this once, and lift a lock or a block
    Reset {
        /// MerchantId
        merchant: String,
        /// Name to sign in with
        user: String,
        /// Remove the second factor as well
        #[arg(long)]
        remove_second_factor: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take a user's access away
    Block {
        /// MerchantId
        merchant: String,
        /// Name to sign in with
        user: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a blocked user access again
    Unblock {
        /// MerchantId
        merchant: String,
        /// Name to sign in with
        user: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Follow the chain of each merchant's log; exit 1 when one is broken
    Verify {
        /// Of this merchant alone
        #[arg(long, value_name = "MERCHANT_ID")]
        merchant: Option<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show the newest entries of a merchant's log
    List {
        /// MerchantId
        merchant: String,
        /// So many at the most
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}
