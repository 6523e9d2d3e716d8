//! Orders of erasure as they go from hand to hand.
//!
//! A file holds one order with its case and signatures in base64. What was proposed from a directory stands under
//! `erasures/`: `<id>.order`; once it is carried out, `<id>.erased` with the receipt takes its place, which names nobody.

use std::path::{Path, PathBuf};

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{ActId, LedgerName, Origin};
use sabt_domain::act::KeyId;
use sabt_domain::erasure::{self, APPROVERS, Case, Order, Proposal};
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::SignedErasureOrder;

use crate::error::CliError;
use crate::files::{self, Mode};
use crate::papers;

/// An order that is kept, and its file.
pub struct Kept {
    /// Identifier.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// What it says and who has signed it; `None` once it has been carried out.
    pub order: Option<(SignedErasureOrder, Proposal)>,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An officer has not signed it.
    WaitsForApproval,
    /// Both have.
    Approved,
    /// It may not be carried out any more.
    Expired,
    /// It has been carried out.
    CarriedOut,
}

impl State {
    /// As it is listed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::WaitsForApproval => "waits for approval",
            Self::Approved => "approved",
            Self::Expired => "expired",
            Self::CarriedOut => "carried out",
        }
    }
}

impl Kept {
    /// How it stands at this moment, microseconds UTC.
    pub fn state(&self, now: i64) -> State {
        match &self.order {
            None => State::CarriedOut,
            Some((_, proposal)) if proposal.order.not_after.micros() < now => State::Expired,
            Some((signed, _)) if signatures(signed) < APPROVERS => State::WaitsForApproval,
            Some(_) => State::Approved,
        }
    }
}

/// Writes an order down, unsigned, with a fresh nonce for the commitment to its case.
///
/// # Errors
/// [`CliError::Randomness`]; [`CliError::Usage`] if the registry would not take it for an order.
pub fn propose(mut order: Order, case: &Case) -> Result<SignedErasureOrder, CliError> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce)?;
    order.subject = case.commit(&nonce);
    let signed = SignedErasureOrder {
        order: order.encode(),
        case: case.encode(),
        nonce: nonce.to_vec(),
        signatures: vec![Vec::new(); APPROVERS],
    };
    // What the registry would not read is not signed.
    Proposal::read(&signed).map_err(|refusal| no_order(&refusal))?;
    Ok(signed)
}

fn no_order(refusal: &Refusal) -> CliError {
    let wrong = papers::problem(refusal, "order.");
    CliError::usage(
        format!("no such order can be made: {wrong}"),
        "see `sabt erase propose --help`",
    )
}

/// Signs an order as one of the approvers that it names; signing twice changes nothing.
///
/// # Errors
/// [`CliError::Usage`] if the order does not name this key.
pub fn sign(
    signed: &mut SignedErasureOrder,
    order: &Order,
    key: &AuthorSigningKey,
) -> Result<(), CliError> {
    let id = KeyId(key.public().id().to_bytes());
    let place = order
        .approvers
        .iter()
        .position(|approver| approver.key == id);
    let place = place.ok_or_else(|| {
        CliError::usage(
            format!("the order does not name the key {id}"),
            "sign with the key of one of its two officers; `sabt erase show` names them",
        )
    })?;
    signed.signatures.resize(APPROVERS, Vec::new());
    if let Some(signature) = signed.signatures.get_mut(place) {
        let origin: Origin = origin(order)?;
        *signature = key.sign_erasure(&origin, &signed.order).as_bytes().to_vec();
    }
    Ok(())
}

/// The request that has an order carried out, signed by one of its approvers as the author of the record.
///
/// # Errors
/// [`CliError::Usage`] if a signature is missing.
pub fn request(
    signed: SignedErasureOrder,
    order: &Order,
    key: &AuthorSigningKey,
) -> Result<api::EraseRequest, CliError> {
    if signed.signatures.len() != APPROVERS || signed.signatures.iter().any(Vec::is_empty) {
        return Err(CliError::usage(
            "the order lacks a signature",
            "let both officers sign it: `sabt erase approve FILE`",
        ));
    }
    let payload = erasure::payload(&signed);
    let act_id = ActId::from_bytes(*order.id.as_bytes());
    let authorship = key.sign_erasure_record(&origin(order)?, act_id, &payload);
    Ok(api::EraseRequest {
        order: Some(signed),
        key_id: authorship.key_id.as_bytes().to_vec(),
        signature: authorship.signature.as_bytes().to_vec(),
    })
}

fn origin(order: &Order) -> Result<Origin, CliError> {
    let registry = order
        .origin
        .strip_suffix("/events")
        .unwrap_or(&order.origin);
    Ok(Origin::new(registry, LedgerName::Events)?)
}

/// Reads an order from a file, and what it says. Whether it holds is for the registry.
///
/// # Errors
/// [`CliError::File`] if it is missing, [`CliError::Content`] if it holds no order.
pub fn read(path: &Path) -> Result<(SignedErasureOrder, Proposal), CliError> {
    papers::read(path, "an order of erasure", Proposal::read)
}

/// Keeps an order under `dir/erasures`; returns its file.
///
/// # Errors
/// [`CliError::File`].
pub fn keep(dir: &Path, order: &Order, signed: &SignedErasureOrder) -> Result<PathBuf, CliError> {
    let directory = directory(dir);
    files::create_directory(&directory)?;
    let path = directory.join(format!("{}.order", order.id));
    files::create(&path, line(signed).as_bytes(), Mode::Secret)?;
    Ok(path)
}

/// Writes an order back to its file, with one more signature.
///
/// # Errors
/// [`CliError::File`].
pub fn put_back(path: &Path, signed: &SignedErasureOrder) -> Result<(), CliError> {
    files::replace(path, line(signed).as_bytes(), Mode::Secret)?;
    Ok(())
}

/// Removes the file of an order that was carried out, since it names the person, and keeps the receipt in its place.
///
/// # Errors
/// [`CliError`] if either cannot be done.
pub fn done(path: &Path, receipt: &str) -> Result<(), CliError> {
    let note = path.with_extension("erased");
    if !note.exists() {
        files::create(&note, format!("{receipt}\n").as_bytes(), Mode::Secret)?;
    }
    sabt_journal::durable::remove_file(path).map_err(CliError::path(path))
}

/// What is kept in a directory, the oldest first, and whether there is more than is listed.
///
/// # Errors
/// [`CliError`] if a file cannot be read.
pub fn list(dir: &Path) -> Result<(Vec<Kept>, bool), CliError> {
    let (paths, more) = papers::newest(&directory(dir), &["order", "erased"])?;
    let kept = paths.into_iter().map(|path| {
        let open = path.extension().is_some_and(|ending| ending == "order");
        Ok(Kept {
            id: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            order: open.then(|| read(&path)).transpose()?,
            path,
        })
    });
    Ok((kept.collect::<Result<_, CliError>>()?, more))
}

/// How many orders of a directory stand how, and whether there are older ones than were looked at. Those that were carried out
/// are not among them, however many receipts of them there are.
///
/// # Errors
/// [`CliError`] if a file cannot be read.
pub fn standing(dir: &Path, now: i64) -> Result<([(State, u64); 3], bool), CliError> {
    let (paths, more) = papers::newest(&directory(dir), &["order"])?;
    let mut states = [State::WaitsForApproval, State::Approved, State::Expired].map(|one| (one, 0));
    for path in paths {
        let kept = Kept {
            id: String::new(),
            order: Some(read(&path)?),
            path,
        };
        let state = kept.state(now);
        if let Some((_, count)) = states.iter_mut().find(|(one, _)| *one == state) {
            *count += 1;
        }
    }
    Ok((states, more))
}

/// How many of the two signatures there are.
pub fn signatures(signed: &SignedErasureOrder) -> usize {
    let signatures = signed.signatures.iter();
    signatures.filter(|signature| !signature.is_empty()).count()
}

fn directory(dir: &Path) -> PathBuf {
    dir.join("erasures")
}

fn line(signed: &SignedErasureOrder) -> String {
    format!("{}\n", papers::to_text(signed))
}
