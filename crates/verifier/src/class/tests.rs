use super::*;

#[test]
fn codes_are_distinct_ascending_and_without_gaps() {
    for (index, class) in FaultClass::ALL.iter().enumerate() {
        assert_eq!(usize::from(class.exit_code()), 10 + index, "{class}");
    }
}

#[test]
fn names_are_distinct_and_every_class_is_in_the_table() {
    let table = exit_code_table();
    for class in FaultClass::ALL {
        assert_eq!(
            FaultClass::ALL
                .iter()
                .filter(|other| other.name() == class.name())
                .count(),
            1
        );
        let row = format!("  {:>3}  {:<21} ", class.exit_code(), class.name());
        assert_eq!(
            table.lines().filter(|line| line.starts_with(&row)).count(),
            1,
            "{class}"
        );
        assert!(!class.remedy().is_empty());
    }
    assert_eq!(table.lines().count(), FaultClass::ALL.len() + 3);
}
