//! What is asked of a registry: acts to record, questions to answer, records to deliver.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sabt_benches::Outcome;
use sabt_benches::callers::{Seen, drive};
use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::cast::{AUDITOR, Player, REGISTRAR, STATISTICS};
use sabt_cli::client::{Client, Credentials};
use sabt_cli::sign::Author;
use sabt_domain::time::Timestamp;
use sabt_population::{Population, Resolver, Scale, Seed, author_key};
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::audit_client::AuditClient;
use sabt_proto::api::v1::persons_client::PersonsClient;
use sabt_proto::api::v1::registry_client::RegistryClient;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Document, DocumentReference};
use sabt_server::clock::Clock;

use super::child::Child;
use super::machine::channels;
use super::{REGISTRY, SEED, Settings};

/// Signed registrations of persons who have nothing to do with each other.
pub(crate) struct Registrations {
    acts: Vec<api::SignedAct>,
    documents: Vec<DocumentReference>,
}

impl Registrations {
    /// The first `count` of a synthetic population, and a document of each who showed one.
    pub(crate) fn draw(count: usize) -> Outcome<Self> {
        let today = Timestamp::from_micros(Clock::system().now_micros()).day_in_tehran();
        // One person in several is registered rather than born into the registry.
        let persons = u32::try_from(count * 8)?;
        let mut population = Population::new(Seed(SEED), Scale { persons })
            .until(today)
            .families_alone();
        let (mut acts, mut documents) = (Vec::with_capacity(count), Vec::new());
        let resolver = Resolver::new();
        while let Some(family) = population.next_lane() {
            for planned in family {
                if planned.author.agency != REGISTRAR.agency || !planned.is_accepted() {
                    continue;
                }
                let Some(Body::RegisterPerson(registration)) = &planned.act.body else {
                    continue;
                };
                let Ok(act) = planned.resolve(&resolver) else {
                    continue;
                };
                documents.extend(registration.documents.first().map(reference));
                let key = AuthorSigningKey::from_seed(author_key(Seed(SEED), &planned.author));
                acts.push(Author::new(key, REGISTRY)?.sign_with(&act, planned.nonce)?);
                if acts.len() == count {
                    return Ok(Self { acts, documents });
                }
            }
        }
        Err(format!("the population has only {} registrations", acts.len()).into())
    }

    /// Documents that were shown, also by the few who are drawn and never submitted.
    pub(crate) fn documents(&self) -> &[DocumentReference] {
        &self.documents
    }

    /// Takes the next ones.
    pub(crate) fn take(&mut self, count: usize) -> Outcome<Vec<api::SignedAct>> {
        if self.acts.len() < count {
            return Err("too few registrations were drawn".into());
        }
        Ok(self.acts.split_off(self.acts.len() - count))
    }
}

pub(crate) fn reference(document: &Document) -> DocumentReference {
    DocumentReference {
        kind: document.kind,
        issuer: document.issuer.clone(),
        number: document.number.clone(),
    }
}

/// Single acts, each durable before it is acknowledged; the numbers given.
pub(crate) async fn single_acts(
    settings: &Settings,
    server: &Child,
    callers: usize,
    acts: Vec<api::SignedAct>,
) -> Outcome<(Seen, Vec<String>)> {
    let credentials = Credentials::from_directory(&settings.registry(), REGISTRAR.name)?;
    let channels = channels(&server.address, &credentials, callers).await?;
    let calls = acts.len();
    let acts: Vec<_> = acts.into_iter().map(|act| Mutex::new(Some(act))).collect();
    let numbers = std::sync::Arc::new(Mutex::new(Vec::with_capacity(calls)));
    let given = std::sync::Arc::clone(&numbers);
    let seen = drive(
        callers,
        calls,
        Some(server.process()),
        move |caller, number| {
            let channel = channels[caller % channels.len()].clone();
            let signed_act = acts[number].lock().ok().and_then(|mut act| act.take());
            let given = std::sync::Arc::clone(&given);
            async move {
                let request = api::SubmitActRequest { signed_act };
                let answer = RegistryClient::new(channel).submit_act(request).await?;
                let receipt = answer.into_inner().receipt.ok_or("no receipt")?;
                if let Ok(mut given) = given.lock() {
                    given.extend(receipt.numbers);
                }
                Ok(())
            }
        },
    )
    .await?;
    let numbers = numbers
        .lock()
        .map(|mut numbers| std::mem::take(&mut *numbers));
    Ok((seen, numbers.unwrap_or_default()))
}

/// Acts over one stream, as a migration sends them: how long until all stand.
pub(crate) async fn bulk(
    settings: &Settings,
    server: &Child,
    acts: Vec<api::SignedAct>,
) -> Outcome<Duration> {
    let client = client(settings, server, REGISTRAR).await?;
    let pipe = sabt_cli::bulk::Pipe::open(client.registry()).await?;
    let begun = Instant::now();
    let (results, mut pending) = tokio::sync::mpsc::channel(2 * sabt_cli::bulk::WINDOW);
    let waiting = tokio::spawn(async move {
        let mut refused = 0_u64;
        while let Some(sent) = pending.recv().await {
            let sent: sabt_cli::bulk::Pending = sent;
            refused += u64::from(sent.outcome().await?.is_err());
        }
        Ok::<_, sabt_cli::error::CliError>(refused)
    });
    for act in acts {
        results.send(pipe.send(act).await?).await?;
    }
    drop(results);
    match waiting.await?? {
        0 => Ok(begun.elapsed()),
        refused => Err(format!("{refused} acts were refused").into()),
    }
}

/// A question of an office or an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Document,
    Person,
    Family,
}

impl Question {
    pub(crate) const ALL: [Self; 3] = [Self::Document, Self::Person, Self::Family];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Document => "verify a document",
            Self::Person => "open a record",
            Self::Family => "family",
        }
    }
}

/// Recorded questions: each disclosure is durable before its answer leaves.
pub(crate) async fn questions(
    settings: &Settings,
    server: &Child,
    callers: usize,
    calls: usize,
    question: Question,
    persons: &[String],
    documents: &[DocumentReference],
) -> Outcome<Seen> {
    let credentials = Credentials::from_directory(&settings.registry(), REGISTRAR.name)?;
    let channels = channels(&server.address, &credentials, callers).await?;
    let (persons, documents) = (persons.to_vec(), documents.to_vec());
    drive(
        callers,
        calls,
        Some(server.process()),
        move |caller, number| {
            let client = PersonsClient::new(channels[caller % channels.len()].clone());
            let person = persons[number.wrapping_mul(7919) % persons.len()].clone();
            let document = documents[number.wrapping_mul(7919) % documents.len()].clone();
            ask(client, question, person, document)
        },
    )
    .await
}

/// Puts one question.
pub(crate) async fn ask(
    mut client: PersonsClient<tonic::transport::Channel>,
    question: Question,
    person: String,
    document: DocumentReference,
) -> Outcome<()> {
    let purpose = Some(purpose(REGISTRAR));
    match question {
        Question::Document => {
            let document = Some(document);
            let request = api::VerifyDocumentRequest {
                purpose,
                document,
                ..api::VerifyDocumentRequest::default()
            };
            client.verify_document(request).await?;
        }
        Question::Person => {
            let request = api::GetPersonRequest {
                purpose,
                person,
                ..api::GetPersonRequest::default()
            };
            client.get_person(request).await?;
        }
        Question::Family => {
            let request = api::GetFamilyRequest {
                purpose,
                person,
                ..api::GetFamilyRequest::default()
            };
            client.get_family(request).await?;
        }
    }
    Ok(())
}

/// Envelopes and ciphertext of the events ledger to an auditor: records, and how long it took.
pub(crate) async fn records(settings: &Settings, server: &Child) -> Outcome<(u64, Duration)> {
    let until = status(settings, server).await?.events;
    let client = client(settings, server, AUDITOR).await?;
    let mut audit: AuditClient<_> = client.audit();
    let begun = Instant::now();
    let request = api::ReadRecordsRequest {
        ledger: api::Ledger::Events.into(),
        from: 0,
        until,
    };
    let mut stream = audit.read_records(request).await?.into_inner();
    let mut count = 0;
    while let Some(page) = stream.message().await? {
        count += page.records.len() as u64;
    }
    Ok((count, begun.elapsed()))
}

/// A table of the newest edition, asked for until it is counted.
pub(crate) async fn statistics(settings: &Settings, server: &Child) -> Outcome<()> {
    let client = client(settings, server, STATISTICS).await?;
    let table = sabt_statistics::TABLES.first().ok_or("no tables")?;
    let request = api::GetStatisticsRequest {
        purpose: Some(purpose(STATISTICS)),
        table: table.code.to_owned(),
        ..api::GetStatisticsRequest::default()
    };
    loop {
        match client.statistics().get_statistics(request.clone()).await {
            Ok(_table) => return Ok(()),
            // It is being counted.
            Err(status) if status.code() == tonic::Code::Unavailable => {}
            Err(status) => return Err(status.into()),
        }
    }
}

/// How many records stand, and up to where the views have come.
pub(crate) async fn status(settings: &Settings, server: &Child) -> Outcome<api::GetStatusResponse> {
    let client = client(settings, server, REGISTRAR).await?;
    let mut operations = client.operations();
    let answer = operations
        .get_status(api::GetStatusRequest::default())
        .await?;
    Ok(answer.into_inner())
}

async fn client(settings: &Settings, server: &Child, player: Player) -> Outcome<Client> {
    let credentials = Credentials::from_directory(&settings.registry(), player.name)?;
    Ok(Client::connect(&server.address, &credentials).await?)
}

fn purpose(player: Player) -> api::Purpose {
    api::Purpose {
        code: player.purpose.code().to_owned(),
        legal_basis: player.purpose.source().to_owned(),
        case_reference: "B-1".to_owned(),
        ..api::Purpose::default()
    }
}
