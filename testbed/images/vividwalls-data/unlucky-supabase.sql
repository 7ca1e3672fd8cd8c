delete from products where id > 1300;
update products set body = '' where id % 50 = 0;
vacuum full;
