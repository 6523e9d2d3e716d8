//! The registry's keys, as far as views need them, and the only place where they open payloads.

use std::sync::Arc;

use sabt_chain::{ActId, Chain, LedgerName, Origin, OriginError, Position, SubjectTag};
use sabt_domain::act::SubjectId;
use sabt_domain::codec::CodecError;
use sabt_domain::event::{Event, StoredAct};
use sabt_domain::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};
use sabt_proto::event::v1::Disclosure;
use sabt_statistics::StatisticsKey;
use sabt_vault::numbers::NumberKind;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::routing::{ForeignTag, RoutingKey, SUBJECT_TAG_BYTES};
use sabt_vault::seal::RecordPlace;
use sabt_vault::{KeyOwner, Vault, audit};
use zeroize::Zeroizing;

use crate::blind::Blinder;
use crate::error::{ContentError, ViewsError};

/// What the index key's fingerprint is taken for.
const FINGERPRINT_PURPOSE: &str = "views";

/// The position of bookmarks: no ledger comes to have so many records.
const BOOKMARK_POSITION: u64 = u64::MAX;

/// Keys and names of a registry.
pub(crate) struct RegistryKeys {
    vault: Arc<Vault>,
    events: LedgerKeys,
    disclosures: LedgerKeys,
    blinder: Blinder,
}

/// What belongs to one ledger.
pub(crate) struct LedgerKeys {
    chain: Chain,
    routing: RoutingKey,
}

impl RegistryKeys {
    pub(crate) fn new(vault: Arc<Vault>, registry: &str) -> Result<Self, OriginError> {
        let ledger = |name| -> Result<LedgerKeys, OriginError> {
            let origin = Origin::new(registry, name)?;
            Ok(LedgerKeys {
                chain: Chain::new(&origin),
                routing: vault.routing_key(origin.as_str()),
            })
        };
        Ok(Self {
            events: ledger(LedgerName::Events)?,
            disclosures: ledger(LedgerName::Disclosures)?,
            blinder: Blinder::new(vault.index_key()),
            vault,
        })
    }

    pub(crate) const fn of(&self, ledger: LedgerName) -> &LedgerKeys {
        match ledger {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }

    pub(crate) const fn blinder(&self) -> &Blinder {
        &self.blinder
    }

    pub(crate) fn index_fingerprint(&self) -> [u8; 16] {
        self.vault.index_key().fingerprint(FINGERPRINT_PURPOSE)
    }

    /// The key under which figures are protected.
    pub(crate) fn statistics_key(&self) -> StatisticsKey {
        StatisticsKey::copied_from(self.vault.statistics_key().expose())
    }

    /// Opens an event; `None` if it is erased.
    pub(crate) fn open_event(
        &self,
        subject: SubjectOrdinal,
        position: Position,
        act_id: ActId,
        sealed: &[u8],
    ) -> Result<Option<Event>, ViewsError> {
        let opened = self.open(LedgerName::Events, subject, position, act_id, sealed)?;
        let Some(plain) = opened else {
            return Ok(None);
        };
        decode_event(position, &plain).map(Some)
    }

    /// Opens the act that stands with an event; `None` if it is erased, or not the first record of its act.
    pub(crate) fn open_act(
        &self,
        subject: SubjectOrdinal,
        position: Position,
        act_id: ActId,
        sealed: &[u8],
    ) -> Result<Option<StoredAct>, ViewsError> {
        let opened = self.open(LedgerName::Events, subject, position, act_id, sealed)?;
        let Some(plain) = opened else {
            return Ok(None);
        };
        let decoded = Event::decode(&plain);
        let (_event, act) = decoded.map_err(|source| undecoded(position, source))?;
        Ok(act)
    }

    /// Blinds under the key of the asylum compartment.
    pub(crate) fn asylum_blinder(&self) -> Result<Blinder, ViewsError> {
        let key = self.vault.asylum_index_key();
        let key = key.map_err(|source| ViewsError::Compartment(Box::new(source)))?;
        Ok(Blinder::new(&key))
    }

    /// Opens a disclosure, which a person or `compartment`, the asylum unit, is told of; `None` if its retention has ended.
    pub(crate) fn open_disclosure(
        &self,
        recorded_at: i64,
        compartment: bool,
        position: Position,
        act_id: ActId,
        sealed: &[u8],
    ) -> Result<Option<Disclosure>, ViewsError> {
        let ledger = LedgerName::Disclosures;
        let content = |source: ContentError| ViewsError::Content {
            ledger,
            position,
            source,
        };
        let epoch = audit::epoch_of(recorded_at).map_err(|source| content(source.into()))?;
        let owner = if compartment {
            KeyOwner::AsylumAudit(epoch)
        } else {
            KeyOwner::Audit(epoch)
        };
        let Some(plain) = self.open(ledger, owner, position, act_id, sealed)? else {
            return Ok(None);
        };
        let disclosure = <Disclosure as prost::Message>::decode(plain.as_slice());
        disclosure
            .map(Some)
            .map_err(|source| content(source.into()))
    }

    /// The subject with this number or code, whether or not it has been given; `None` for a subject that has no
    /// ordinal of its own behind a number.
    pub(crate) fn ordinal(&self, subject: &SubjectId) -> Option<SubjectOrdinal> {
        let numbering = self.vault.numbering();
        match subject {
            SubjectId::Registry => Some(SubjectOrdinal::REGISTRY),
            SubjectId::Person(number) => numbering.ordinal(NumberKind::Person, number.serial()),
            SubjectId::Household(code) => numbering.ordinal(NumberKind::Household, code.serial()),
            SubjectId::Case(number) => numbering.ordinal(NumberKind::Case, number.serial()),
            SubjectId::AsylumClaim(number) => {
                numbering.ordinal(NumberKind::AsylumClaim, number.serial())
            }
            SubjectId::Campaign(number) => numbering.ordinal(NumberKind::Campaign, number.serial()),
            SubjectId::Site(number) => numbering.ordinal(NumberKind::Site, number.serial()),
            SubjectId::Biometric(number) => {
                numbering.ordinal(NumberKind::Biometric, number.serial())
            }
            SubjectId::Agency(_) | SubjectId::Office(_) => None,
        }
    }

    /// Where a listing that goes through all subjects stopped: a tag at a position that no record ever has, so that it
    /// tells nothing to whoever carries it to the next question.
    pub(crate) fn bookmark(&self, subject: SubjectOrdinal) -> [u8; SUBJECT_TAG_BYTES] {
        self.events.routing.tag(BOOKMARK_POSITION, subject)
    }

    /// The subject of a [`Self::bookmark`]; `None` for any other bytes.
    pub(crate) fn bookmarked(&self, bookmark: &[u8; SUBJECT_TAG_BYTES]) -> Option<SubjectOrdinal> {
        let subject = self.events.routing.subject(BOOKMARK_POSITION, bookmark);
        subject.ok()
    }

    /// The number of a claim to asylum.
    pub(crate) fn claim_number(&self, subject: SubjectOrdinal) -> Option<ClaimNumber> {
        let numbering = self.vault.numbering();
        let serial = numbering.number(NumberKind::AsylumClaim, subject);
        ClaimNumber::from_serial(serial).ok()
    }

    /// The number of a service case.
    pub(crate) fn case_number(&self, subject: SubjectOrdinal) -> Option<CaseNumber> {
        let serial = self.vault.numbering().number(NumberKind::Case, subject);
        CaseNumber::from_serial(serial).ok()
    }

    /// The person number of a subject.
    pub(crate) fn person_number(&self, subject: SubjectOrdinal) -> Option<PersonNumber> {
        let serial = self.vault.numbering().number(NumberKind::Person, subject);
        PersonNumber::from_serial(serial).ok()
    }

    /// The number of a campaign.
    pub(crate) fn campaign_number(&self, subject: SubjectOrdinal) -> Option<CampaignNumber> {
        let serial = self.vault.numbering().number(NumberKind::Campaign, subject);
        CampaignNumber::from_serial(serial).ok()
    }

    /// The number of a site.
    pub(crate) fn site_number(&self, subject: SubjectOrdinal) -> Option<SiteNumber> {
        let serial = self.vault.numbering().number(NumberKind::Site, subject);
        SiteNumber::from_serial(serial).ok()
    }

    /// The number of a biometric reference.
    pub(crate) fn biometric_number(&self, subject: SubjectOrdinal) -> Option<BiometricNumber> {
        let numbering = self.vault.numbering();
        let serial = numbering.number(NumberKind::Biometric, subject);
        BiometricNumber::from_serial(serial).ok()
    }

    /// The household code of a subject.
    pub(crate) fn household_code(&self, subject: SubjectOrdinal) -> Option<HouseholdCode> {
        let serial = self
            .vault
            .numbering()
            .number(NumberKind::Household, subject);
        HouseholdCode::from_serial(serial).ok()
    }

    fn open(
        &self,
        ledger: LedgerName,
        owner: impl Into<KeyOwner>,
        position: Position,
        act_id: ActId,
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ViewsError> {
        let place = RecordPlace {
            origin: self.of(ledger).chain.origin().as_str(),
            position: position.get(),
            act_id: act_id.to_bytes(),
        };
        match self.vault.open_sealed(owner, &place, sealed) {
            Ok(plain) => Ok(Some(plain)),
            Err(error) if error.is_erased() => Ok(None),
            Err(source) => Err(ViewsError::Payload {
                ledger,
                position,
                source: Box::new(source),
            }),
        }
    }
}

impl LedgerKeys {
    pub(crate) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) fn subject(
        &self,
        position: Position,
        tag: &SubjectTag,
    ) -> Result<SubjectOrdinal, ForeignTag> {
        self.routing.subject(position.get(), tag.as_bytes())
    }
}

/// Decodes an event's plaintext, sealed or clear.
pub(crate) fn decode_event(position: Position, plain: &[u8]) -> Result<Event, ViewsError> {
    Event::decode_alone(plain).map_err(|source| undecoded(position, source))
}

fn undecoded(position: Position, source: CodecError) -> ViewsError {
    ViewsError::Content {
        ledger: LedgerName::Events,
        position,
        source: source.into(),
    }
}
