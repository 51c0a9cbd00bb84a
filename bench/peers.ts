/**
 * Others on the same kind of machine, measured with 50 connections: reservations a second on one product /
 * over 200.
 */

export const PEERS = [
  ["PostgreSQL behind fastify, a transaction of six round trips", "1,160", "3,630"],
  ["PostgreSQL behind fastify, one stored function", "2,370", "7,270"],
  ["PostgreSQL behind fastify, calls batched in the server", "20,300", "15,900"],
  ["Redis script behind fastify, flushed always, with key and event", "31,200", "30,000"],
  ["Medusa's workflow", "215", "282"],
  ["a Go service, durable, one worker", "-", "264 to 336"],
  ["a FastAPI + SQLite service (it lost 2 to 97 % of them)", "190", "190"],
];

export const PEERS_CAVEAT =
  "Those use both cores and one place; ours is one thread of one place, and every product may live in " +
  "another.";
