use super::*;

const OUTPUT: &str = "noise\nrow\tcached call\t31 ns\t210 ns\t0.15\tat most 0.2\tmet\nrow\ttoo\tfew\n\
                      row\tstorm\t1\t10000\t0.01\t1 request\tMISSED\n";

#[test]
fn lines_of_the_table_are_told_from_other_output() {
    let rows = rows_in(OUTPUT);
    assert_eq!(rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["cached call", "storm"]);
}

#[test]
fn the_table_has_columns_of_one_width() {
    let table = table(&rows_in(OUTPUT));
    assert_eq!(
        table,
        "| what        | ours  | official | ratio | goal        |        |\n\
         | ----------- | ----- | -------- | ----- | ----------- | ------ |\n\
         | cached call | 31 ns | 210 ns   | 0.15  | at most 0.2 | met    |\n\
         | storm       | 1     | 10000    | 0.01  | 1 request   | MISSED |\n"
    );
}

#[test]
fn missed_goals_are_counted_and_are_no_failure() {
    assert_eq!(summary(&rows_in(OUTPUT)), "Goals met: 1, missed: 1.");
}
