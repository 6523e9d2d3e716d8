use super::Decided;
use super::scene::Scene;
use crate::act::{ReceiveFileTransfer, SendFileTransfer};
use crate::event::EventBody;
use crate::law::ProvinceCode;
use crate::person::FileLocation;
use crate::refusal::{Reason, Refusal};

/// The file is in exactly one province or in transit; the receiving office ends the transit.
const RULE: &str = "service:12012154113 (row 22)";

/// The province that holds the file sends it.
pub(super) fn send(scene: &Scene<'_>, body: &SendFileTransfer) -> Result<Vec<Decided>, Refusal> {
    let person = scene.person(body.person)?;
    if body.from_province == body.to_province {
        return Err(Refusal::field(
            "send_file_transfer.to_province",
            "is the province that sends the file",
        ));
    }
    match person.file {
        FileLocation::Held(province) if province != body.from_province => {
            return Err(Refusal::new(Reason::FileElsewhere, RULE));
        }
        FileLocation::InTransit { .. } => {
            return Err(Refusal::new(Reason::FileInTransit, RULE));
        }
        FileLocation::Held(_) | FileLocation::Unknown => {}
    }
    check_office(scene, body.from_province)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::FileTransferSent(body.clone()),
    )])
}

/// The province to which the file was sent receives it.
pub(super) fn receive(
    scene: &Scene<'_>,
    body: &ReceiveFileTransfer,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.person(body.person)?;
    match person.file {
        FileLocation::InTransit { to, .. } if to == body.province => {}
        FileLocation::InTransit { .. } | FileLocation::Held(_) | FileLocation::Unknown => {
            return Err(Refusal::new(Reason::FileNotInTransit, RULE));
        }
    }
    check_office(scene, body.province)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::FileTransferReceived(body.clone()),
    )])
}

/// An office sends and receives files for its own province.
fn check_office(scene: &Scene<'_>, province: ProvinceCode) -> Result<(), Refusal> {
    if scene
        .office()
        .is_some_and(|office| office.province == province)
    {
        Ok(())
    } else {
        Err(Refusal::new(Reason::FileElsewhere, RULE)
            .with_message("The office works in another province.")
            .with_remedy("Have an office of that province record it."))
    }
}
