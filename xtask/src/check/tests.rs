use super::*;

fn words(arguments: &[&str]) -> Outcome<Vec<&'static str>> {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    Ok(chosen(&arguments)?.iter().map(|step| step.word).collect())
}

#[test]
fn without_arguments_every_step_runs() {
    assert_eq!(words(&[]).map(|words| words.len()), Ok(STEPS.len()));
}

#[test]
fn named_steps_run_in_the_order_of_their_names_on_the_line() {
    assert_eq!(words(&["lints", "format"]), Ok(vec!["lints", "format"]));
}

#[test]
fn a_step_that_is_not_there_is_told_with_those_that_are() {
    let explanation = "there is no step called lint; there are: format, tidy, guards, lints, docs, combinations, instructions.";
    assert_eq!(words(&["lint"]), Err(explanation.to_owned()));
}
