// Rooms and a meeting token in TypeScript. `pulumi package add` makes the package @pulumi-daily/daily: docs/plugin.md.

import * as pulumi from "@pulumi/pulumi";
import * as daily from "@pulumi-daily/daily";

// Everyone with the URL may join. All other settings are inherited from the domain.
const lobby = new daily.Room("lobby", {
    name: "lobby",
    properties: { enablePrejoinUi: true, enablePeopleUi: true, maxParticipants: 50 },
});

// A private room: guests join muted and may send only audio.
const townhall = new daily.Room("townhall", {
    name: "townhall",
    privacy: "private",
    properties: {
        enableKnocking: true,
        startAudioOff: true,
        permissions: { canSend: ["audio"], canAdmin: false },
    },
});

// A token for the host, renewed before it expires.
const host = new daily.MeetingToken("host", {
    properties: { roomName: townhall.name, isOwner: true },
    lifetime: 86400,
});

// What Daily has: a lookup waits until the room exists.
const found = daily.getRoomOutput({ name: lobby.name });

export const lobbyUrl = lobby.url;
export const townhallUrl = townhall.url;
export const hostToken = host.token;
export const seats = found.config.apply((config) => config?.maxParticipants);
