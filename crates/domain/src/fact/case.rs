//! Closed sets of service cases.

use sabt_proto::event::v1 as proto;

closed_enum! {
    /// Where a service was asked for.
    pub enum RequestChannel = proto::RequestChannel {
        /// At the counter of an office.
        Counter = "COUNTER",
        /// At a service office.
        ServiceOffice = "SERVICE_OFFICE",
        /// Online.
        Online = "ONLINE",
    }
}

closed_enum! {
    /// What kind of document was shown.
    pub enum EvidenceKind = proto::EvidenceKind {
        /// A paper of identity.
        IdentityPaper = "IDENTITY_PAPER",
        /// A paper of residence.
        ResidencePaper = "RESIDENCE_PAPER",
        /// A deed of birth, marriage, divorce or death.
        CivilStatusDeed = "CIVIL_STATUS_DEED",
        /// A ruling.
        CourtRuling = "COURT_RULING",
        /// A consent.
        Consent = "CONSENT",
        /// A letter of an authority.
        AgencyLetter = "AGENCY_LETTER",
        /// A photo.
        Photo = "PHOTO",
        /// A certificate of education.
        Education = "EDUCATION",
        /// A work permit or certificate of employment.
        Employment = "EMPLOYMENT",
        /// An undertaking or declaration.
        Undertaking = "UNDERTAKING",
        /// The file of an organisation.
        OrganisationFile = "ORGANISATION_FILE",
        /// Anything else.
        Other = "OTHER",
    }
}

closed_enum! {
    /// What became of a fee. Which costs an applicant bears, and who is freed of them, is data of the case and never a rule of
    /// the registry (AM-30).
    pub enum FeeState = proto::FeeState {
        /// Paid.
        Paid = "PAID",
        /// Waived, on a ground.
        Waived = "WAIVED",
        /// Not due.
        NotDue = "NOT_DUE",
    }
}

closed_enum! {
    /// Class of a reply to an inquiry. What the reply says beyond it is never recorded.
    pub enum ReplyClass = proto::ReplyClass {
        /// Nothing stands against it.
        NoObjection = "NO_OBJECTION",
        /// Something does.
        Objection = "OBJECTION",
        /// What was asked about is so.
        Confirmed = "CONFIRMED",
        /// It is not.
        NotConfirmed = "NOT_CONFIRMED",
        /// The authority has no record of it.
        NoRecord = "NO_RECORD",
    }
}

closed_enum! {
    /// Members of the commission beside its chair (art. 1(17)).
    pub enum CommissionMember = proto::CommissionMember {
        /// Ministry of Intelligence.
        Intelligence = "INTELLIGENCE",
        /// Police general command.
        Police = "POLICE",
        /// IRGC command.
        Irgc = "IRGC",
        /// Labour ministry.
        Labour = "LABOUR",
        /// Foreign ministry.
        ForeignAffairs = "FOREIGN_AFFAIRS",
        /// Judiciary.
        Judiciary = "JUDICIARY",
    }
}

closed_enum! {
    /// What a member of the commission thinks of an application. It decides nothing (AM-21).
    pub enum Opinion = proto::Opinion {
        /// For it.
        Favourable = "FAVOURABLE",
        /// Against it, with reasons.
        Unfavourable = "UNFAVOURABLE",
        /// Neither.
        Abstained = "ABSTAINED",
    }
}

closed_enum! {
    /// What was held.
    pub enum ProcedureKind = proto::ProcedureKind {
        /// An interview.
        Interview = "INTERVIEW",
        /// An oath.
        Oath = "OATH",
        /// Classes.
        Class = "CLASS",
        /// An exam.
        Exam = "EXAM",
    }
}

closed_enum! {
    /// How it went.
    pub enum ProcedureResult = proto::ProcedureResult {
        /// Held; the result is not known yet.
        Held = "HELD",
        /// Passed, taken or attended.
        Passed = "PASSED",
        /// Not passed.
        Failed = "FAILED",
        /// The person did not come.
        Absent = "ABSENT",
    }
}

closed_enum! {
    /// How a person got notice of a decision.
    pub enum NoticeManner = proto::NoticeManner {
        /// By SMS and in the national e-mail (art. 3 note 3).
        Electronic = "ELECTRONIC",
        /// In person.
        InPerson = "IN_PERSON",
        /// To a representative.
        Representative = "REPRESENTATIVE",
    }
}

closed_enum! {
    /// Why somebody leaves: four different things (services row 23).
    pub enum DepartureKind = proto::DepartureKind {
        /// Of one's own will, for good; with evidence of that will.
        VoluntaryReturn = "VOLUNTARY_RETURN",
        /// To a third country.
        ThirdCountry = "THIRD_COUNTRY",
        /// To come back.
        Travel = "TRAVEL",
        /// To come back with a visa (row 17).
        StatusConversion = "STATUS_CONVERSION",
    }
}

closed_enum! {
    /// Class of entitlement to health insurance; nothing about health (row 20).
    pub enum InsuranceEntitlement = proto::InsuranceEntitlement {
        /// Free of charge.
        Free = "FREE",
        /// Paid.
        Paid = "PAID",
    }
}

closed_enum! {
    /// On what ground nationality was granted.
    pub enum NationalityBasis = proto::NationalityBasis {
        /// Residence (Civil Code art. 979).
        Residence = "RESIDENCE",
        /// Outstanding service (Civil Code art. 980).
        Service = "SERVICE",
        /// Marriage to an Iranian man (Civil Code art. 976(6)).
        Marriage = "MARRIAGE",
        /// An Iranian mother; the rule in force stands in the legal basis of the act (row 4, AM-55).
        IranianMother = "IRANIAN_MOTHER",
        /// Spouse or child of one who became Iranian (Civil Code art. 984).
        SpouseOrChild = "SPOUSE_OR_CHILD",
    }
}

closed_enum! {
    /// How a case ended.
    pub enum CaseOutcome = proto::CaseOutcome {
        /// The service was granted.
        Granted = "GRANTED",
        /// It was refused.
        Refused = "REFUSED",
        /// The applicant withdrew the request.
        Withdrawn = "WITHDRAWN",
        /// The applicant died.
        ApplicantDied = "APPLICANT_DIED",
    }
}
