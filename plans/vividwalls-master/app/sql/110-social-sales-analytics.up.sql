-- Batch 1: ten agents of social media, sales and analytics become three. Its successors begin at 100 of 100 events.
insert into agents.rollout (batch, percent) values (110, 100);
insert into agents.agent (id, name, department, batch, personas, capabilities) values
  ('social-media', 'Social Media', 'marketing', 110, '["homeowner", "renter"]', '["post", "answer-comments", "schedule"]'),
  ('sales-segments', 'Sales Segments', 'sales', 110, '["homeowner", "renter", "interior-designer", "collector"]', '["advise", "quote", "close"]'),
  ('analytics', 'Analytics', 'technology', 110, '["analyst"]', '["measure", "compare", "explain"]');
update agents.agent set superseded_by = successor from (values
  ('facebook', 'social-media'), ('instagram', 'social-media'), ('pinterest', 'social-media'),
  ('sales-homeowners', 'sales-segments'), ('sales-renters', 'sales-segments'), ('sales-designers', 'sales-segments'), ('sales-collectors', 'sales-segments'),
  ('web-analytics', 'analytics'), ('sales-analytics', 'analytics'), ('customer-analytics', 'analytics')
) as succession (predecessor, successor) where id = predecessor;
select agents.connect(110);
