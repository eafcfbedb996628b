// Stands in for `pubnub` in the tests of @pubnub/chat: a client of it, whose origin is the emulator.
const PubNub = require(process.env.PNFILTER_SUITE_PUBNUB)

module.exports = class extends PubNub {
  constructor(settings) {
    super({ ...settings, origin: process.env.PNFILTER_SUITE_ORIGIN, ssl: false })
  }
}
