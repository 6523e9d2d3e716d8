//! `sabt init`.

use serde_json::json;

use crate::args::InitArgs;
use crate::cast;
use crate::error::CliError;
use crate::establish::{Enrol, Made, Plan, establish, inventory};
use crate::out::Out;
use crate::{render, text};

/// Makes a registry and says what was made and what comes next.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &InitArgs, out: &mut Out) -> Result<(), CliError> {
    let enrol = if args.bare {
        Enrol::Governance
    } else {
        Enrol::Cast
    };
    let InitArgs {
        dir,
        registry,
        listen,
        metrics,
        ..
    } = args;
    let plan = Plan {
        dir,
        registry,
        listen: *listen,
        metrics: *metrics,
        enrol,
    };
    let made = establish(&plan).await?;
    out.json(&json!({
        "directory": dir,
        "registry": registry,
        "listen": listen,
        "log_keys": made.log_keys,
        "governance_key": made.governance_key,
        "agencies": made.agencies,
        "offices": made.offices,
        "keys": made.keys,
        "clients": made.clients,
    }))?;
    tell(args, &made, out)
}

/// Says what was made and what comes next.
fn tell(args: &InitArgs, made: &Made, out: &mut Out) -> Result<(), CliError> {
    let InitArgs { dir, registry, .. } = args;
    let shown = text::shell(dir);
    out.say(format!("The registry {registry} is founded in {shown}."))?;
    out.say("")?;
    let mut table = render::table(["made", "what it is"]);
    for (path, what) in inventory(dir) {
        table.add_row([path.display().to_string(), what.to_owned()]);
    }
    out.table(table, "")?;
    out.say("")?;
    out.say("Publish these; auditors trust nothing else:")?;
    for key in &made.log_keys {
        out.say(format!("  {key}"))?;
    }
    out.say(format!("  governance key {}", made.governance_key))?;
    out.say("")?;
    if args.bare {
        let enrolled = "Enrolled: the governance authority alone. Agencies, their keys and offices come by \
             governance acts.";
        out.prose(enrolled, "")?;
    } else {
        let enrolled = format!(
            "Enrolled: {} agencies, {} offices, {} keys. Certificates for --as: {}.",
            made.agencies,
            made.offices,
            made.keys,
            made.clients.join(", ")
        );
        out.prose(&enrolled, "")?;
    }
    out.say("")?;
    out.say("Next:")?;
    out.say(format!("  sabt serve {shown}"))?;
    let caller = if args.bare {
        cast::GOVERNANCE
    } else {
        cast::REGISTRAR
    };
    out.say(format!(
        "  sabt submit acts.ndjson --as {} --dir {shown}",
        caller.name
    ))?;
    Ok(())
}
