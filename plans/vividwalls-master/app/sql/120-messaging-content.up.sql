-- Batch 2: eight agents of messaging, content and personalization become three. Its successors begin at 0 of 100 events.
insert into agents.rollout (batch, percent) values (120, 0);
insert into agents.agent (id, name, department, batch, personas, capabilities) values
  ('messaging', 'Messaging', 'marketing', 120, '["homeowner", "renter", "collector"]', '["email", "sms", "newsletter"]'),
  ('content', 'Content', 'marketing', 120, '["renter", "interior-designer"]', '["write", "film", "edit"]'),
  ('personalization', 'Personalization', 'marketing', 120, '["homeowner", "renter", "interior-designer", "collector"]', '["target", "recommend"]');
update agents.agent set superseded_by = successor from (values
  ('email', 'messaging'), ('sms', 'messaging'), ('newsletter', 'messaging'),
  ('blog', 'content'), ('video', 'content'), ('copywriting', 'content'),
  ('targeting', 'personalization'), ('recommendations', 'personalization')
) as succession (predecessor, successor) where id = predecessor;
select agents.connect(120);
