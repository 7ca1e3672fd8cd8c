drop schema bus cascade; rollback to savepoint x;
