//! One registry in which everything happens once.

mod cases;

use crate::access::{Field, FieldGroup, GrantId, Role};
use crate::act::*;
use crate::deferral::Deferral;
use crate::fact::*;
use crate::governance::Author;
use crate::law::{
    DocumentKind, PersonStatus, ProvinceCode, ResidenceBasis, ResidenceCondition, ResidenceKind,
};
use crate::number::{HouseholdCode, PersonNumber};
use crate::testing::*;
use crate::watch::DrawnLookup;

/// A registry in which every kind of act was accepted and every kind of event recorded.
pub(super) fn full_registry() -> Registry {
    let mut registry = Registry::new();
    let (husband, wife, household) = registry.couple();
    let child = registry.child("1395-01-01", husband, wife);
    family(&mut registry);
    papers(&mut registry);
    residence(&mut registry);
    households(&mut registry, [husband, wife, child], household);
    asylum(&mut registry);
    amendments(&mut registry, husband);
    governance(&mut registry);
    registry.as_office("THR-01");
    disputes(&mut registry, child);
    campaign(&mut registry, child);
    watching(&mut registry, child);
    removal(&mut registry);
    cases::everything(&mut registry);
    biometrics(&mut registry);
    sites(&mut registry);
    conditions(&mut registry);
    registry
}

/// A condition of residence that an officer attests, and one from which the council exempts.
fn conditions(registry: &mut Registry) {
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    let attested = attest(person, ResidenceCondition::Oath, "1405-01-20");
    registry.ok("1405-02-01", attested);
    registry.ok("1405-02-01", exempt(person, ResidenceCondition::Income));
}

/// Two guest towns: somebody comes to the first, moves to the second and leaves; the first is inspected and ends.
fn sites(registry: &mut Registry) {
    let [first, second] = [2, 3].map(|places| open_site(registry, SiteKind::GuestTown, places));
    let person = registry.register("1370-01-01", Sex::Female);
    registry.ok("1402-01-01", admit(person, first, AdmissionGround::Victim));
    let smaller = ChangeSiteCapacity {
        site: second,
        capacity: 0,
        reason: "roof".into(),
    };
    registry.ok("1402-01-02", smaller);
    let move_on = RecordSiteTransfer {
        over_capacity_reason: "the first one is closing".into(),
        ..transfer(person, first, second)
    };
    registry.ok("1402-01-03", move_on);
    registry.ok(
        "1402-01-04",
        discharge(person, second, DischargeReason::OwnWill),
    );
    registry.as_office("RKH-01");
    let report = InspectSite {
        findings: vec![InspectionFinding::Safety, InspectionFinding::Hygiene],
        ..inspect(first, "1402-07-01")
    };
    registry.ok("1402-01-05", report);
    registry.as_office("THR-01");
    registry.ok("1402-01-06", CloseSite { site: first });
}

/// A template that another system holds, and its end.
fn biometrics(registry: &mut Registry) {
    let person = registry.register("1370-01-01", Sex::Female);
    let reference = RecordBiometricReference {
        person,
        modality: BiometricModality::Fingerprints,
        device: "SCAN-3".into(),
        system: "ABIS-1".into(),
        reference: "T-700".into(),
        digest: [7; 32],
    };
    let outcome = registry.ok("1402-02-02", reference);
    let withdrawal = WithdrawBiometricReference {
        biometric: outcome.biometrics[0],
        ground: BiometricWithdrawal::Quality,
    };
    registry.ok("1402-02-03", withdrawal);
}

/// A round of Amayesh, after one whose number of participants is its target.
fn campaign(registry: &mut Registry, person: PersonNumber) {
    registry.as_office("THR-96");
    let [previous, round] = [14, 15].map(|round| {
        let terms = OpenCampaign {
            card: Some(CampaignCard {
                kind: DocumentKind::AmayeshCard,
                valid_from: on("1402-01-01"),
                valid_until: on("1402-12-29"),
            }),
            closes_on: Some(on("1402-06-31")),
            ..open_campaign(round, "1402-01-01")
        };
        registry.ok("1401-12-01", terms).campaigns[0]
    });
    let list = FixCampaignTargetList {
        campaign: round,
        definition: TargetDefinition::ParticipantsOf {
            campaign: previous,
            cut_off: on("1402-01-01"),
            known_at: registry.known(),
        },
        count: 0,
    };
    registry.ok("1402-01-02", list);
    registry.as_office("THR-01");
    let absence = RecordCampaignNonParticipation {
        campaign: round,
        person,
        reason: NonParticipationReason::NotReached,
    };
    registry.ok("1402-06-01", absence);
    registry.ok("1402-07-15", take_part(round, person));
    registry.as_office("THR-96");
    let report = ReportCampaignCoverage {
        campaign: round,
        definition: CoverageDefinition::AllParticipants,
        as_of: on("1402-08-01"),
        known_at: registry.known(),
        participants: 1,
        target: 0,
    };
    registry.ok("1402-08-02", report);
    registry.ok("1402-09-01", CloseCampaign { campaign: round });
    registry.as_office("THR-01");
}

/// Who an officer is, and why they looked.
fn watching(registry: &mut Registry, person: PersonNumber) {
    registry.ok(
        "1400-05-01",
        DeclareOfficer {
            person,
            agency: code("BAFIA"),
            officer: code("K1001"),
        },
    );
    let drawn = DrawnLookup {
        agency: code("BAFIA"),
        officer: "officer-7".into(),
        emergency: false,
        justified: false,
    };
    registry.drawn.insert(7, drawn);
    registry.ok(
        "1400-05-02",
        JustifyLookup {
            disclosure: 7,
            ground: LookupGround::PersonPresent,
        },
    );
}

fn family(registry: &mut Registry) {
    let (husband, wife, _) = registry.couple();
    let child = registry
        .ok("1395-01-01", birth("1395-01-01", None, Some(wife)))
        .persons[0];
    let guardian = Party::Person(wife);
    registry.ok(
        "1395-02-01",
        ConfirmParentage {
            child,
            parent: Party::Person(husband),
            role: ParentRole::Father,
            evidence: "test 12".into(),
        },
    );
    registry.ok(
        "1395-03-01",
        AppointGuardian {
            child,
            guardian,
            kind: GuardianKind::Appointed,
            instrument: "ruling 3".into(),
        },
    );
    registry.ok(
        "1396-01-01",
        RegisterDivorce {
            custody: vec![Custody {
                child,
                custodian: Party::Named("grandmother".into()),
            }],
            ..divorce(Party::Person(husband), Party::Person(wife))
        },
    );
    registry.ok(
        "1397-01-01",
        IssueMarriageLicence {
            wife: iranian(77),
            husband: Party::Person(husband),
            licence_number: "L1".into(),
            level: IssuingLevel::Central,
            valid_until: Some(on("1398")),
        },
    );
    let (one, two) = (husband, wife);
    registry.ok(
        "1398-01-01",
        ConfirmSamePerson {
            person: one,
            other: two,
            evidence: "x".into(),
        },
    );
    registry.ok(
        "1398-01-02",
        WithdrawIdentityLink {
            person: one,
            other: two,
            reason: "x".into(),
        },
    );
    registry.ok(
        "1398-01-03",
        ConfirmDistinctPersons {
            person: one,
            other: two,
            evidence: "x".into(),
        },
    );
}

fn papers(registry: &mut Registry) {
    let mut passport = document(DocumentKind::Passport, "P100");
    passport.mrz = vec!["P<AFGREZAI<<MARYAM".into(), "P100".into()];
    let person = registry
        .ok("1395-01-01", register_with(vec![passport]))
        .persons[0];
    let card = || reference(DocumentKind::AmayeshCard, "A100");
    let document = document(DocumentKind::AmayeshCard, "A100");
    let replaces = Some(reference(DocumentKind::Passport, "P100"));
    registry.ok(
        "1395-02-01",
        IssueDocument {
            person,
            document,
            replaces,
        },
    );
    registry.ok(
        "1395-03-01",
        ReportDocumentLost {
            person,
            document: card(),
            stolen: true,
        },
    );
    registry.ok(
        "1395-04-01",
        VoidDocument {
            person,
            document: card(),
            reason: VoidReason::Lost,
        },
    );
    let (from_province, to_province) = (ProvinceCode::Tehran, ProvinceCode::RazaviKhorasan);
    registry.ok(
        "1395-05-01",
        SendFileTransfer {
            person,
            from_province,
            to_province,
        },
    );
    registry.as_office("RKH-01");
    registry.ok(
        "1395-06-01",
        ReceiveFileTransfer {
            person,
            province: to_province,
        },
    );
    registry.as_office("THR-01");
}

fn residence(registry: &mut Registry) {
    let person = registry.register("1370-01-01", Sex::Male);
    let document = Some(reference(DocumentKind::Passport, "P200"));
    registry.ok(
        "1399-01-01",
        IssueVisa {
            person,
            kind: VisaKind::Work,
            visa_number: "V1".into(),
            valid_from: on("1399-01-01"),
            valid_until: on("1399-06-01"),
            stay_days: 30,
            multiple_entry: true,
            issued_at: "Herat".into(),
        },
    );
    let border_point = || "DOGHAROUN".to_owned();
    registry.ok(
        "1399-01-05",
        RecordEntry {
            person,
            border_point: border_point(),
            kind: EntryKind::WithVisa,
            document: document.clone(),
        },
    );
    registry.ok(
        "1399-01-25",
        RecordExit {
            person,
            border_point: border_point(),
            kind: ExitKind::Travel,
            document,
        },
    );
    let status = PersonStatus::VisaHolder;
    registry.ok(
        "1399-02-01",
        GrantStatus {
            person,
            status,
            decided_by: "organisation".into(),
        },
    );
    registry.ok(
        "1399-03-01",
        ChangeStatus {
            person,
            from: status,
            to: PersonStatus::Migrant,
            decided_by: "organisation".into(),
            decision: None,
        },
    );
    permits(registry, person);
}

fn permits(registry: &mut Registry, person: PersonNumber) {
    let (temporary, number) = (ResidenceKind::Temporary, || "T1".to_owned());
    registry.ok(
        "1400-01-01",
        permit(person, temporary, "T1", "1400-01-01", "1400-06-01"),
    );
    let valid_until = on("1400-12-29");
    registry.ok(
        "1400-02-01",
        RenewResidencePermit {
            person,
            permit_number: number(),
            valid_until,
        },
    );
    registry.ok(
        "1400-03-01",
        ReplaceResidencePermit {
            person,
            permit_number: number(),
            new_permit_number: "T2".into(),
            reason: ReplacementReason::Damaged,
        },
    );
    registry.ok(
        "1400-04-01",
        ConvertResidencePermit {
            person,
            permit_number: "T2".into(),
            kind: temporary,
            basis: ResidenceBasis::Work,
            new_permit_number: "T3".into(),
            valid_from: on("1400-04-01"),
            valid_until: Some(on("1400-12-29")),
            consent_reference: "form 4".into(),
        },
    );
    registry.ok(
        "1401-01-01",
        RecordResidencePermitLapse {
            person,
            permit_number: "T3".into(),
        },
    );
    registry.ok(
        "1401-02-01",
        permit(person, temporary, "T4", "1401-02-01", "1401-12-29"),
    );
    registry.ok(
        "1401-06-02",
        RevokeResidencePermit {
            person,
            permit_number: "T4".into(),
            decision: Some(decision()),
        },
    );
}

fn governance(registry: &mut Registry) {
    registry.author = Author::governance();
    registry.office = code("REGISTRY");
    registry.ok("1399-01-01", enrol_agency("POLICE", Role::Police));
    let public_key = PublicKey([5; 32]);
    let office = None;
    let not_after = registry.now().plus_seconds(86_400);
    registry.ok(
        "1399-01-02",
        EnrolKey {
            agency: code("POLICE"),
            public_key,
            office,
            not_after,
            supervisor: None,
            emergency_officer: None,
        },
    );
    let key_id = public_key.id();
    registry.ok(
        "1399-01-03",
        RevokeKey {
            key_id,
            reason: "lost".into(),
        },
    );
    registry.ok(
        "1399-01-04",
        RevokeAgency {
            agency: code("POLICE"),
            reason: "dissolved".into(),
        },
    );
    let policy = crate::access::Matrix::first_edition();
    registry.ok(
        "1399-01-05",
        AdoptPolicy {
            edition: policy.edition().into(),
            digest: *policy.digest(),
        },
    );
    let rotation = RotateLogKey {
        old_signature: [7; 64],
        new_signature: [8; 64],
        ..rotate_log_key(&founding().disclosures_log_key, "BBBB")
    };
    registry.ok("1399-01-06", rotation);
    extension(registry);
}

/// The order of a court, entered by the data-protection officer.
fn extension(registry: &mut Registry) {
    registry.ok(
        "1399-01-07",
        enrol_agency("DPO", Role::DataProtectionOfficer),
    );
    let now = registry.now();
    let later = |days: i64| now.plus_seconds(days * 86_400).unwrap();
    let deferral = Deferral::stated(now, later(30).micros()).unwrap();
    registry.deferrals.insert(9, deferral);
    let governance = core::mem::replace(
        &mut registry.author,
        Author {
            agency: code("DPO"),
            office: None,
            roles: [Role::DataProtectionOfficer].into(),
            supervisor: None,
            emergency_officer: None,
        },
    );
    registry.ok(
        "1399-01-08",
        ExtendDeferral {
            disclosure: 9,
            until: later(60),
            court: "Tehran 4".into(),
            order_number: "1405/77".into(),
        },
    );
    let revocation = RevokeGrant {
        agency: code("BAFIA"),
        grant_id: GrantId([9; 16]),
    };
    registry.ok("1399-01-09", revocation);
    registry.author = governance;
}

fn asylum(registry: &mut Registry) {
    let person = registry.register("1370-01-01", Sex::Female);
    registry.as_office("THR-97");
    let claim = registry.ok("1400-01-01", lodge_claim(person)).claims[0];
    registry.ok(
        "1400-02-01",
        RecordAsylumInterview {
            claim,
            interview_reference: "I-2".into(),
            shelter_address: Some(address("Third Street")),
        },
    );
    registry.ok("1400-03-01", refuse_claim(claim, "1400-03-01"));
    registry.as_office("THR-01");
}

fn households(registry: &mut Registry, persons: [PersonNumber; 3], household: HouseholdCode) {
    let [husband, wife, child] = persons;
    let other = registry.register("1370-01-01", Sex::Male);
    registry.ok(
        "1396-01-01",
        AddHouseholdMember {
            household,
            member: member(other, Relation::Sibling),
        },
    );
    let leaving = vec![member(child, Relation::Child)];
    let split = SplitHousehold {
        household,
        new_head: wife,
        leaving,
        address: None,
    };
    let second = registry.ok("1397-01-01", split).households[0];
    registry.ok(
        "1397-02-01",
        MoveHouseholdMember {
            from_household: second,
            to_household: household,
            member: member(child, Relation::Child),
        },
    );
    let ground = HeadChangeGround::Other;
    let relations = vec![member(husband, Relation::Sibling)];
    registry.ok(
        "1397-03-01",
        ChangeHouseholdHead {
            household,
            new_head: other,
            ground,
            relations,
        },
    );
    registry.ok(
        "1397-04-01",
        RemoveHouseholdMember {
            household,
            person: child,
            reason: MemberRemovalReason::Departure,
        },
    );
    let subject = Resident::Household(household);
    registry.ok(
        "1397-05-01",
        ChangeAddress {
            subject,
            address: address("Fourth Street"),
        },
    );
}

fn amendments(registry: &mut Registry, husband: PersonNumber) {
    registry.ok("1398-01-01", death(husband));
    let target = registry.accepted.last().unwrap().id;
    let mut replacement = registry.act("1398-01-02", death(husband));
    replacement.id = ActId([0; 16]);
    let reason = "misread";
    registry.ok(
        "1398-02-01",
        CorrectAct {
            target,
            replacement: Box::new(replacement),
            reason: reason.into(),
        },
    );
    registry.ok(
        "1398-03-01",
        AnnulAct {
            target,
            reason: reason.into(),
        },
    );
}

fn removal(registry: &mut Registry) {
    with_police(registry);
    let person = registry.register("1370-01-01", Sex::Male);
    let order = registry.ok("1402-01-01", order_expulsion(person, "E-1")).id;
    registry.ok("1402-01-02", serve_on(person, order, "1402-01-02"));
    let appeal = registry
        .ok("1402-01-05", lodge_appeal(person, order, "A-1"))
        .id;
    let session = registry.ok("1402-02-01", hold_session(person, appeal)).id;
    registry.ok(
        "1402-02-02",
        DecideAppeal {
            session: Some(session),
            ..decide_appeal(person, appeal, AppealOutcome::Rejected, "1402-02-02")
        },
    );
    let suspension = registry.ok("1402-03-01", suspend(person, "E-1")).id;
    registry.ok(
        "1402-04-01",
        extend_suspension(person, suspension, "1403-06-01"),
    );
    let ending = SuspensionEnding::LiftedByCourt;
    registry.ok("1402-05-01", end_suspension(person, suspension, ending));
    let protection = registry
        .ok("1402-06-01", protect(person, ProtectionKind::Illness))
        .id;
    let end = EndProtection {
        person,
        protection,
        ending: ProtectionEnding::Security,
        decision: Some(decision()),
    };
    registry.ok("1402-07-01", end);
    let stay = registry.ok("1402-08-01", place_stay(person)).claims[0];
    registry.as_office("THR-97");
    registry.ok("1402-09-01", lift_stay(stay));
    registry.as_office("THR-66");
    registry.ok("1402-10-01", execute(person, "E-1"));
    registry.as_office("THR-01");
    registry.ok("1402-10-02", ban(person, "B-1"));
    let lifted = LiftEntryBan {
        person,
        ban_number: "B-1".into(),
        ground: EntryBanLifting::CostsPaid,
        reference: "R-1".into(),
    };
    registry.ok("1402-11-01", lifted);
    papers_lost(registry);
    held_and_gone(registry);
}

/// A holding from its beginning to its end, and departures that are no expulsion.
fn held_and_gone(registry: &mut Registry) {
    let person = registry.register("1371-01-01", Sex::Male);
    let holding = registry.ok("1402-02-01", begin_holding(person, "H-1")).id;
    let notice = NotifyOfHolding {
        person,
        holding,
        letter_number: "L-1".into(),
    };
    registry.ok("1402-02-02", notice);
    registry.ok("1402-02-20", extend_holding(person, holding, "1402-03-15"));
    registry.ok("1402-03-01", end_holding(person, holding));
    registry.ok("1402-03-02", voluntary_return(person));
    let person = registry.register("1372-01-01", Sex::Male);
    registry.ok("1402-03-02", third_country(person));
}

/// Decisions that take papers away, and an order that is withdrawn.
fn papers_lost(registry: &mut Registry) {
    let passport = document(DocumentKind::Passport, "P700");
    let person = registry
        .ok("1395-01-01", register_with(vec![passport]))
        .persons[0];
    registry.ok("1402-01-01", visa(person, "V-7"));
    let revocation = RevokeVisa {
        person,
        visa_number: "V-7".into(),
        decision: Some(decision()),
    };
    registry.ok("1402-02-01", revocation);
    let violation = RecordViolationDecision {
        person,
        documents: vec![reference(DocumentKind::Passport, "P700")],
        decision: Some(decision()),
    };
    registry.ok("1402-02-02", violation);
    registry.ok("1402-02-03", order_expulsion(person, "E-2"));
    let withdrawn = WithdrawExpulsionOrder {
        person,
        order_number: "E-2".into(),
        decided_by: "directorate".into(),
        reason: "a mistake".into(),
    };
    registry.ok("1402-02-04", withdrawn);
}

fn disputes(registry: &mut Registry, person: PersonNumber) {
    let fact = DisputedFact::Group {
        group: FieldGroup::Identity,
        field: Field::named("person.particulars"),
    };
    let contest = DisputeFact {
        person,
        fact,
        ground: DisputeGround::Outdated,
        statement_reference: "statement 7".into(),
    };
    let dispute = registry.ok("1401-07-01", contest).id;
    registry.ok(
        "1401-07-02",
        ResolveDispute {
            person,
            dispute,
            resolution: Resolution::Rejected {
                decision: Some(decision()),
            },
        },
    );
}
