require "securerandom"

module SampleApp
  module Tiers
    # A key is written and read in every range of slots, so on every shard; in a cache that is no cluster, one key.
    module Cache
      SLOTS = 16_384
      # Seconds that the keys live.
      EXPIRY = 60

      module_function

      def check
        store = Rails.cache
        return plain(store) unless store.is_a?(RedisStore)

        store.connection.always do |redis|
          cluster?(redis) ? cluster(redis) : single(redis)
        end
      end

      def plain(store)
        mark = SecureRandom.hex(8)
        store.write("health", mark, expires_in: EXPIRY)
        raise Wrong, "the key that was written was not read" unless store.read("health") == mark

        { mode: "memory" }
      end

      # A client of version 5 for clusters has no single connection to ask.
      def cluster?(redis)
        (defined?(Redis::Cluster) && redis.is_a?(Redis::Cluster)) || redis.connection.is_a?(Array)
      end

      def single(redis)
        exchange(redis, "health")
        { mode: "single", shards: 1 }
      end

      def cluster(redis)
        ranges = redis.cluster(:slots).map { |range| range["start_slot"]..range["end_slot"] }
        ranges.each { |range| exchange(redis, key_in(range)) }
        served = ranges.map(&:size).inject(0, :+)
        raise Wrong, "only #{served} of #{SLOTS} slots are served" unless served == SLOTS

        { mode: "cluster", shards: ranges.size, slots: served }
      end

      # The client's own arithmetic, which moved with version 5.
      def slots
        defined?(RedisClient::Cluster) ? RedisClient::Cluster::KeySlotConverter : Redis::Cluster::KeySlotConverter
      end

      # Any key whose slot lies in the range.
      def key_in(range)
        (0..Float::INFINITY).lazy.map { |number| "health:#{number}" }.find { |key| range.cover?(slots.convert(key)) }
      end

      def exchange(redis, key)
        mark = SecureRandom.hex(8)
        redis.set(key, mark, ex: EXPIRY)
        # Another server may have written its own in between: what counts is that something was kept.
        raise Wrong, "a key that was written was not read" unless redis.get(key)
      end
    end
  end
end
