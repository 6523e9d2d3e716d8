use serde_json::Value;

use super::Paper;
use crate::args::DemoArgs;
use crate::commands::demo;
use crate::error::CliError;
use crate::exit::Exit;

fn args(dir: std::path::PathBuf) -> DemoArgs {
    DemoArgs {
        dir,
        persons: 25,
        seed: 1405,
        acts: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_plays_through() {
    let home = tempfile::tempdir().unwrap();
    let paper = Paper::default();
    demo::run(&args(home.path().join("demo")), &mut paper.out(true))
        .await
        .unwrap();
    let text = paper.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let find = |name: &str| lines.iter().find_map(|line| line.get(name)).unwrap();
    assert_eq!(find("loaded")["surprises"], 0);
    assert!(
        find("loaded")["refused"]
            .as_object()
            .is_some_and(|refused| !refused.is_empty())
    );
    assert_eq!(find("verification")["sound"], true);
    assert!(find("summary")["person"].is_string());
    for scene in [
        "registrar",
        "police officer",
        "sync job",
        "auditor",
        "caseworker",
        "registered person",
    ] {
        assert!(lines.iter().any(|line| line["scene"] == scene), "{scene}");
    }
    // The grant opened one record; the person takes home a page.
    let asked = |what: &str| {
        lines.iter().any(|line| {
            line["asked"]
                .as_str()
                .is_some_and(|asked| asked.contains(what))
        })
    };
    assert!(asked("without a grant") && asked("under the grant of B3000"));
    // The emergency raised a flag, and a supervisor justified it.
    assert!(asked("on an emergency grant") && asked("is told of the flag"));
    assert!(asked("danger to life"));
    // A paper was handed over, a round has a coverage, and an order under appeal was not carried out.
    assert!(asked("opens the case") && asked("how far round 15"));
    let scene = |line: &&Value| line["scene"] == "caseworker";
    let answers: Vec<&Value> = lines
        .iter()
        .filter(scene)
        .map(|line| &line["answer"])
        .collect();
    let has = |found: &dyn Fn(&Value) -> bool| answers.iter().any(|answer| found(answer));
    assert!(has(
        &|answer| answer["case"]["papers"][0]["handed_over"] == true
    ));
    assert!(has(
        &|answer| answer["campaign"]["reports"][0]["as_of"].is_object()
    ));
    assert!(has(&|answer| answer["verdict"] == "REMOVAL_VERDICT_NOT_YET"));
    assert!(has(&|answer| answer["reason"] == "APPEAL_OPEN"));
    assert!(has(
        &|answer| answer["listed"][0]["deadlines"][0]["due"].is_object()
    ));
    assert!(asked("asks the same") && asked("is in care camp"));
    assert_sites(&answers);
    let page = std::fs::read(home.path().join("demo/extract.html")).unwrap();
    sabt_extract::page::signed_in(&page).unwrap();
    let tampered = lines
        .iter()
        .any(|line| line["scene"] == "auditor" && line["answer"]["sound"] == false);
    assert!(tampered, "the flipped bit is found");
}

/// Who runs the sites is told places and a number, and no names; a camp takes nobody who is not held.
fn assert_sites(answers: &[&Value]) {
    let mut lists = answers.iter().map(|answer| &answer["sites"]);
    let sites = lists.find_map(Value::as_array).unwrap();
    assert_eq!(sites.len(), 13);
    assert!(sites.iter().all(|site| site["occupancy"].is_object()));
    let mut reasons = answers.iter().map(|answer| &answer["reason"]);
    assert!(reasons.any(|reason| reason == "HOLDING_MISSING"));
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "writes the input of the test")]
async fn the_demonstration_plays_with_acts_of_ones_own() {
    let home = tempfile::tempdir().unwrap();
    let acts = home.path().join("acts.ndjson");
    let sample = include_str!("../../data/register-without-papers.json");
    let mut act: Value = serde_json::from_str(sample).unwrap();
    act["occurred_on"] =
        serde_json::json!({"calendar": "CALENDAR_JALALI", "year": 1399, "month": 9, "day": 9});
    let good = act.to_string();
    act["office"] = Value::from("XXX-99");
    std::fs::write(&acts, format!("{good}\n{act}\n")).unwrap();

    let paper = Paper::default();
    let args = DemoArgs {
        acts: Some(acts),
        ..args(home.path().join("demo"))
    };
    let refused = demo::run(&args, &mut paper.out(false)).await.unwrap_err();
    assert_eq!(refused.exit(), Exit::Refused);
    let text = paper.text();
    assert!(text.contains("line 2: UNKNOWN_OFFICE"), "{text}");
    assert!(text.contains("6 of 6: the registered person"), "{text}");
    assert!(
        text.contains("sound: everything that was checked holds"),
        "{text}"
    );
    // What names the directory of the test is as long as that; the verifier's own report has long keys.
    let directory = home.path().to_string_lossy().into_owned();
    let ours = text.lines().filter(|line| !line.contains(&directory));
    let widest = ours
        .filter(|line| !line.starts_with("governance"))
        .map(unicode_width::UnicodeWidthStr::width)
        .max();
    assert!(widest <= Some(100), "{widest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_taken_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("mine")).unwrap();
    let paper = Paper::default();
    let refused = demo::run(&args(home.path().to_owned()), &mut paper.out(false))
        .await
        .unwrap_err();
    assert!(matches!(refused, CliError::NotEmpty { .. }));
    assert!(refused.to_string().contains("-2"), "{refused}");
    assert_eq!(paper.text(), "");
    let entries = std::fs::read_dir(home.path()).unwrap();
    let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mine"]);
}
