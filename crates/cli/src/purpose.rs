//! Why a question is asked, if the command line does not say it all.

use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;

use crate::args::PurposeArgs;
use crate::cast::{ASYLUM_UNIT, DATA_PROTECTION, REGISTRAR, player};
use crate::error::CliError;
use crate::grants;

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// About a person, a document, or the records.
    Data,
    /// Who has looked at a person's data.
    Disclosures,
    /// Everything about a person, for the person.
    Extract,
    /// Whether a person has a right.
    Right,
    /// How agencies deal with what they were told.
    Supervision,
    /// What officers looked up.
    Oversight,
}

/// The purpose stated with a question: what was given, else what fits the caller. A case is never invented.
///
/// # Errors
/// [`CliError::Usage`] if none is given and the caller is none of the cast; [`CliError`] if the file of a grant holds
/// none.
pub fn purpose(args: &PurposeArgs, caller: &str, asked: Asked) -> Result<api::Purpose, CliError> {
    if let Some(file) = &args.grant {
        let (signed, grant) = grants::read(file)?;
        return Ok(api::Purpose {
            code: grant.purpose.code().to_owned(),
            legal_basis: grant.legal_basis,
            case_reference: grant.case_reference,
            grant: Some(signed),
            ..api::Purpose::default()
        });
    }
    let code = match &args.purpose {
        Some(code) => code.to_uppercase().replace('-', "_"),
        None => fitting(caller, asked)?.code().to_owned(),
    };
    let basis = || Purpose::from_code(&code).map(|purpose| purpose.source().to_owned());
    let legal_basis = args.legal_basis.clone().or_else(basis).unwrap_or_default();
    let case_reference = args.case.clone().unwrap_or_default();
    Ok(api::Purpose {
        code,
        legal_basis,
        case_reference,
        ..api::Purpose::default()
    })
}

fn fitting(caller: &str, asked: Asked) -> Result<Purpose, CliError> {
    let Some(player) = player(caller) else {
        return Err(CliError::usage(
            format!("no purpose is known for {caller}"),
            "state it with --purpose CODE",
        ));
    };
    Ok(match asked {
        Asked::Disclosures if player == REGISTRAR || player == ASYLUM_UNIT => {
            Purpose::SubjectAccess
        }
        Asked::Disclosures | Asked::Supervision | Asked::Oversight if player == DATA_PROTECTION => {
            Purpose::DataProtection
        }
        Asked::Extract if [REGISTRAR, DATA_PROTECTION].contains(&player) => Purpose::SubjectAccess,
        Asked::Oversight => Purpose::Supervision,
        Asked::Right if player == REGISTRAR => Purpose::RightCheck,
        Asked::Right | Asked::Data | Asked::Disclosures | Asked::Extract | Asked::Supervision => {
            player.purpose
        }
    })
}
