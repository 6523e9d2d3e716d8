//! Lists that are told page by page: where one stopped, and how to go on.

use crate::error::CliError;
use crate::out::Out;

/// What `--after` says, as the registry gave it; empty from the beginning.
///
/// # Errors
/// [`CliError`] if no listing says so.
pub fn after(text: Option<&str>) -> Result<Vec<u8>, CliError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    hex::decode(text.trim()).map_err(|_other| {
        CliError::usage(
            format!("--after {text} is not where a listing stopped"),
            "copy what the listing says after `--after`",
        )
    })
}

/// Says that there is more, if there is.
///
/// # Errors
/// [`CliError`] if it cannot be written.
pub fn say_more(next: &[u8], out: &mut Out) -> Result<(), CliError> {
    if next.is_empty() {
        return Ok(());
    }
    let after = hex::encode(next);
    out.json(&serde_json::json!({ "after": after }))?;
    out.say(format!("There are more: go on with --after {after}"))?;
    Ok(())
}
