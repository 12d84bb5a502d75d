require_relative "test_helper"

class CacheTest < ActiveSupport::TestCase
  # As much of a Redis client as the cache uses.
  class Memory
    attr_reader :kept, :expiries

    def initialize
      @kept = {}
      @expiries = {}
    end

    def get(key)
      @kept[key]
    end

    def set(key, value, **options)
      @kept[key] = value
      @expiries[key] = options[:px]
      "OK"
    end

    def del(key)
      @kept.delete(key) ? 1 : 0
    end

    def incrby(key, amount)
      @kept[key] = @kept[key].to_i + amount
    end

    def expire(key, seconds)
      @expiries[key] = seconds
    end
  end

  class Working
    def initialize(client)
      @client = client
    end

    def with
      yield @client
    end
  end

  class Broken
    def with
      raise Redis::CannotConnectError, "no cache"
    end
  end

  def store(connection)
    SampleApp::RedisStore.new(connection, namespace: "t", expires_in: 60)
  end

  test "what was written is read, until it is deleted" do
    cache = store(Working.new(memory = Memory.new))
    assert_equal "drawn", cache.fetch("page") { "drawn" }
    assert_equal "drawn", cache.fetch("page") { flunk "was kept" }
    assert_equal({ "t:page" => 60_000 }, memory.expiries)
    cache.delete("page")
    assert_nil cache.read("page")
  end

  test "several keys are read one by one, as a cluster wants it" do
    cache = store(Working.new(Memory.new))
    cache.write("a", 1)
    cache.write("b", 2)
    assert_equal({ "a" => 1, "b" => 2 }, cache.read_multi("a", "b", "c"))
  end

  test "a count ends some time after its first step" do
    cache = store(Working.new(memory = Memory.new))
    assert_equal [1, 2], [cache.increment("n", 1, expires_in: 9), cache.increment("n", 1, expires_in: 9)]
    assert_equal 9, memory.expiries["t:n"]
  end

  test "pages go on without a cache" do
    cache = store(Broken.new)
    assert_equal "drawn", cache.fetch("page") { "drawn" }
    assert_nil cache.increment("n")
  end

  test "a cache that failed is left alone for a while" do
    connection = SampleApp::RedisConnection.new("redis://127.0.0.1:1")
    assert_raises(Redis::CannotConnectError) { connection.with(&:ping) }
    assert_raises(SampleApp::RedisConnection::Paused) { connection.with(&:ping) }
    assert_raises(Redis::CannotConnectError) { connection.always(&:ping) }
  end

  test "a cache that failed is tried again within a second" do
    connection = SampleApp::RedisConnection.new("redis://127.0.0.1:1")
    assert_raises(Redis::CannotConnectError) { connection.with(&:ping) }
    sleep SampleApp::RedisConnection::PAUSE + 0.1
    assert_raises(Redis::CannotConnectError) { connection.with(&:ping) }
    assert_operator SampleApp::RedisConnection::PAUSE, :<, 1
  end

  test "whatever the client makes of a broken cache, pages go on" do
    connection = SampleApp::RedisConnection.new("redis://127.0.0.1:1")
    connection.define_singleton_method(:client) { raise NoMethodError, "undefined method `call' for nil" }
    assert_equal "drawn", store(connection).fetch("page") { "drawn" }
  end

  test "an address without a scheme is spoken to with TLS" do
    assert_equal "rediss://cache.home:6379", SampleApp::RedisConnection.new("cache.home:6379").url
    assert_equal "redis://cache.home:6379", SampleApp::RedisConnection.new("redis://cache.home:6379").url
  end

  test "a key can be found in any range of slots" do
    [0..5460, 5461..10_922, 10_923..16_383].each do |range|
      assert_includes range, SampleApp::Tiers::Cache.slots.convert(SampleApp::Tiers::Cache.key_in(range))
    end
  end
end
