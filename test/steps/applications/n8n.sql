-- What n8n 1.123.81 (npm) wrote by `n8n import:credentials`, with N8N_ENCRYPTION_KEY='key of the fixture: $ecret "1"'.
-- Of its table, the columns that other databases have, too.
create table credentials_entity (id varchar(36) primary key, name varchar(128) not null, data text not null, type varchar(32) not null);
insert into credentials_entity values('aaaaaaaaaaaaaaa1','Shop database','U2FsdGVkX1+ulNBZor6smd0hJ22i5L7KxYcSyi7u13mhiFOiPQsVG8DSymRhV4YFoU2/bpUFqtFA/OQ+gTTUgWQM2eumE+wiagH239hE/1810hzjoKXmqfDt6V/MEogV','postgres');
insert into credentials_entity values('aaaaaaaaaaaaaaa2','Mail','U2FsdGVkX1/cxUVfxyAf1caXcxbdbtVf9geFLA37L96yUSmRgEteV3Pvvhnpak2ynxtPe2dZUOW9AdgJd7EM6j9hXgi23k/w3p1Vemz1rKBTm2p/NMALESP2rYbRDHukR0qLbmHKOYUdhar7zaMo6x/SBoX3lXTiwEQy6j3AkUU=','smtp');
