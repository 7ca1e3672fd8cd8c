# shellcheck shell=sh
# Runs on the host, or in a container: executes the SQL on stdin, one statement per line, on the SQLite file "$1" with the
# first program that can. Ends with 9 where there is none.
if command -v sqlite3 > /dev/null; then
  exec sqlite3 -batch -bail -init /dev/null "$1" 2>&1
elif python3 -c 'import sqlite3' 2> /dev/null; then
  exec python3 -c '
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.text_factory = lambda text: text.decode(errors="replace")
try:
    for line in sys.stdin:
        for row in connection.execute(line): print(row[0])
except sqlite3.Error as error:
    sys.exit(print("Error:", error) or 1)' "$1" 2>&1
elif php -r 'exit(class_exists("SQLite3") ? 0 : 1);' 2> /dev/null; then
  # shellcheck disable=SC2016
  exec php -r '
$file = new SQLite3($argv[1]); $file->enableExceptions(true);
try { while ($line = fgets(STDIN)) { $rows = $file->query($line); while ($row = $rows->fetchArray(SQLITE3_NUM)) echo $row[0], "\n"; } }
catch (Exception $error) { echo "Error: ", $error->getMessage(), "\n"; exit(1); }' "$1" 2>&1
elif node -e 'require("node:sqlite")' 2> /dev/null; then
  exec node --no-warnings -e '
const file = new (require("node:sqlite").DatabaseSync)(process.argv[1])
try {
  for (const line of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean))
    for (const row of file.prepare(line).all()) console.log(Object.values(row)[0])
} catch (error) { console.log("Error: " + error.message); process.exit(1) }' "$1" 2>&1
fi
exit 9
