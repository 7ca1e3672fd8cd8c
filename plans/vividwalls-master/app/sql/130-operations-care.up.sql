-- Batch 3: eight agents of operations and customer care become three. Its successors begin at 0 of 100 events.
insert into agents.rollout (batch, percent) values (130, 0);
insert into agents.agent (id, name, department, batch, personas, capabilities) values
  ('logistics', 'Logistics', 'operations', 130, '["operator"]', '["stock", "pack", "ship"]'),
  ('procurement', 'Procurement', 'operations', 130, '["operator"]', '["source", "order"]'),
  ('customer-care', 'Customer Care', 'customer', 130, '["homeowner", "renter", "collector"]', '["answer", "refund", "escalate"]');
update agents.agent set superseded_by = successor from (values
  ('inventory', 'logistics'), ('fulfillment', 'logistics'), ('shipping', 'logistics'),
  ('suppliers', 'procurement'), ('purchasing', 'procurement'),
  ('returns', 'customer-care'), ('chat-support', 'customer-care'), ('mail-support', 'customer-care')
) as succession (predecessor, successor) where id = predecessor;
select agents.connect(130);
