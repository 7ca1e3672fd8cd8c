-- Batch 4: six agents of finance and pricing become three. Its successors begin at 0 of 100 events.
insert into agents.rollout (batch, percent) values (140, 0);
insert into agents.agent (id, name, department, batch, personas, capabilities) values
  ('accounting', 'Accounting', 'finance', 140, '["operator"]', '["book", "invoice"]'),
  ('controlling', 'Controlling', 'finance', 140, '["analyst"]', '["budget", "compare-costs"]'),
  ('offers', 'Offers', 'product', 140, '["homeowner", "renter", "collector"]', '["price", "promote"]');
update agents.agent set superseded_by = successor from (values
  ('bookkeeping', 'accounting'), ('invoicing', 'accounting'),
  ('budgeting', 'controlling'), ('cost-control', 'controlling'),
  ('pricing', 'offers'), ('promotions', 'offers')
) as succession (predecessor, successor) where id = predecessor;
select agents.connect(140);
