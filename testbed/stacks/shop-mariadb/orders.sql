create table orders (id integer auto_increment primary key, item varchar(100) not null, price decimal(10, 2), note text, key (item));
insert into orders (item, price, note) select concat('item ', seq), seq / 7.0, if(seq % 3 = 0, repeat('Grüße ', seq % 50), null) from seq_1_to_2000;
create table visits (at timestamp not null default current_timestamp, weight float) engine = Aria;
insert into visits (weight) values (0.1), (1e30), (null);
