drop schema bus cascade;
