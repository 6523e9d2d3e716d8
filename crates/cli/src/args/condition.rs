//! Arguments of `conditions`.

use clap::Args;

use super::PersonArgs;

/// Arguments of `conditions`.
#[derive(Debug, Args)]
pub struct ConditionsArgs {
    /// Kind of residence, e.g. three-year, seven-year, special
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// Ground, e.g. investor, work, family, refugee
    #[arg(long, value_name = "GROUND")]
    pub basis: String,
    /// individual or family permit
    #[arg(long, value_name = "SCOPE", default_value = "individual")]
    pub scope: String,
    /// What is to be done: issue, convert, or renew the permit of this kind and ground that the person holds
    #[arg(long, value_name = "STEP", default_value = "issue")]
    pub step: String,
    /// The person asked about.
    #[command(flatten)]
    pub person: PersonArgs,
}
