# Prints a sed command for each assignment to one of the names. Before env-entries.awk, which calls these.
function emit(unclear, name, value) { if (index(" " ENVIRON["names"] " ", " " name " ")) print start "," n "d" }
function problem(what) {}
