-- A channel is one value everywhere: its platform, and the platform's id of it.
UPDATE cards
  SET recipient = json_object(
    'channel', json_object('id', recipient ->> 'channel', 'platform', recipient ->> 'platform'),
    'to', 'channel')
  WHERE recipient ->> 'to' = 'channel';
