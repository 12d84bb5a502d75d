require_relative "test_helper"

class PatienceTest < ActiveSupport::TestCase
  # As Mysql2::Error is when the server goes.
  class Gone < StandardError
    def error_number
      2013
    end
  end

  # Fails some times, then answers with the keys that it found in the environment.
  class Application
    attr_reader :asked

    def initialize(failures, &failure)
      @failures = failures
      @failure = failure
      @asked = 0
    end

    def call(env)
      @asked += 1
      found = env.keys
      env["of this attempt"] = true
      @failure.call if @asked <= @failures
      [200, {}, [found.include?("of this attempt")]]
    end
  end

  def ask(application, method = "GET", limit: 5)
    SampleApp::Patience.new(application, limit: limit, pause: 0.01).call("REQUEST_METHOD" => method)
  end

  test "a page waits for a database that is away for a moment" do
    [-> { raise Gone }, -> { raise ActiveRecord::ConnectionNotEstablished }].each do |failure|
      application = Application.new(3, &failure)
      assert_equal [200, {}, [false]], ask(application)
      assert_equal 4, application.asked
    end
  end

  test "what the database said may be wrapped" do
    wrapped = lambda do
      begin
        raise Gone
      rescue Gone
        raise "in a page"
      end
    end
    assert_equal 200, ask(Application.new(1, &wrapped)).first
  end

  test "what writes is not repeated" do
    application = Application.new(1) { raise Gone }
    assert_raises(Gone) { ask(application, "POST") }
    assert_equal 1, application.asked
  end

  test "other errors are none of it" do
    application = Application.new(1) { raise ActiveRecord::RecordNotFound }
    assert_raises(ActiveRecord::RecordNotFound) { ask(application) }
    assert_equal 1, application.asked
  end

  test "a database that stays away is given up" do
    application = Application.new(1_000_000) { raise Gone }
    assert_raises(Gone) { ask(application, limit: 0.1) }
    assert_operator application.asked, :>, 1
  end
end
