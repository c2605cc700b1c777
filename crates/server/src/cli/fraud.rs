//! `aval fraud …` on the command line.
//!
//! Invariant: a card number is read from standard input only, since what stands on a command line
//! is seen by everybody on the machine and kept by the shell.

use std::path::PathBuf;

use clap::Subcommand;

/// `aval fraud …`
#[derive(Debug, Subcommand)]
pub enum FraudCommand {
    /// Try rules on a sale, with no history: what it shows, which rules apply, what is decided
    Try {
        /// File with rules, as 'aval fraud rules stock' prints them
        #[arg(long, value_name = "FILE")]
        rules: PathBuf,
        /// File with the body of a sale, as POST /1/sales takes it
        #[arg(long, value_name = "FILE")]
        sale: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List what a rule's expression can ask of a sale
    Variables {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Look at and change a merchant's rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Look at and change a merchant's lists
    #[command(subcommand)]
    List(ListCommand),
    /// Decide on sales that wait for a person
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Show what the analysis of a payment saw, what each signal weighed and which rules applied
    Explain {
        /// MerchantId
        id: String,
        /// PaymentId
        payment: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make a labelled day of sales and report how well fraud is told from honest sales
    Day {
        /// The same seed makes the same day
        #[arg(long, default_value_t = 1, value_name = "N")]
        seed: u64,
        /// Sales of the day
        #[arg(long, default_value_t = 50_000, value_name = "N")]
        sales: u32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval fraud rules …`
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Print the rules that come with the program
    Stock {
        /// Those for retail, travel or digital goods only
        #[arg(long, value_name = "SHOP")]
        r#for: Option<String>,
    },
    /// Show a merchant's rules in their order
    Show {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Keep the rules of a file, each in the place of the one of its name; all of them or none
    Put {
        /// MerchantId
        id: String,
        /// File with rules
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Remove a rule
    Remove {
        /// MerchantId
        id: String,
        /// Name of the rule
        name: String,
    },
}

/// `aval fraud list …`
#[derive(Debug, Subcommand)]
pub enum ListCommand {
    /// Show what is listed, masked
    Show {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Put something on a list
    Add {
        /// MerchantId
        id: String,
        /// positive, negative or suspect
        list: String,
        /// email, ip, network, document, card, device, phone or address
        kind: String,
        /// The thing itself; '-', or nothing, reads it from standard input, as a card always is
        value: Option<String>,
    },
    /// Take something off its list
    Remove {
        /// MerchantId
        id: String,
        /// email, ip, network, document, card, device, phone or address
        kind: String,
        /// The thing itself; '-', or nothing, reads it from standard input, as a card always is
        value: Option<String>,
    },
}

/// `aval fraud review …`
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// Show the sales that wait
    Show {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Accept a sale that waits
    Accept {
        /// MerchantId
        id: String,
        /// PaymentId
        payment: String,
    },
    /// Reject a sale that waits
    Reject {
        /// MerchantId
        id: String,
        /// PaymentId
        payment: String,
    },
    /// Note something on a review
    Note {
        /// MerchantId
        id: String,
        /// PaymentId
        payment: String,
        /// What to note
        text: String,
    },
}
