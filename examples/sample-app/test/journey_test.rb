require_relative "test_helper"
require "minitest/mock"

class JourneyTest < ActionDispatch::IntegrationTest
  def sign_up(email: "Mina@Sample.example", password: PASSWORD)
    post account_path, params: { user: { name: "Mina", email: email, password: password } }
  end

  test "from signing up to leaving" do
    sign_up
    assert_redirected_to root_path
    mail = ActionMailer::Base.deliveries.last
    assert_equal ["mina@sample.example"], mail.to
    assert_equal ["noreply@sample.example"], mail.from
    link = mail.body.to_s[%r{http://sample\.example(/activate/\S+)}, 1]

    post session_path, params: { email: "mina@sample.example", password: PASSWORD }
    assert_response :unprocessable_entity, "not before the link was followed"

    get link
    assert_redirected_to log_in_path
    log_in User.first

    post microposts_path, params: { micropost: { content: "안녕 <b>hello</b>", picture: picture } }
    follow_redirect!
    assert_select "article p", text: "안녕 <b>hello</b>"
    assert_select "article[data-picture-key]"
    get css_select("article img").first["src"]
    assert_equal "image/png", response.headers["Content-Type"]
    key = Micropost.last.picture_key
    assert SampleApp::Uploads.store.get(key)

    delete account_path
    assert_equal [0, 0], [User.count, Micropost.count]
    assert_nil SampleApp::Uploads.store.get(key)
  end

  test "a link that nobody was sent activates nobody" do
    user("mina", active: false)
    get activation_path(token: "nonsense")
    assert_redirected_to root_path
    assert_not User.first.active?
  end

  test "a link is good for two days" do
    mina = user("mina", active: false)
    mina.update!(activation_sent_at: 3.days.ago)
    get activation_path(token: mina.activation_token)
    assert_not mina.reload.active?
  end

  test "an address whose link was never followed is free again after two days" do
    user("mina", active: false).update!(activation_sent_at: 3.days.ago)
    sign_up
    assert_redirected_to root_path
    assert_equal 1, User.count
  end

  test "the link's host is the one that was set, whatever the request says" do
    host! "evil.example"
    sign_up
    assert_includes ActionMailer::Base.deliveries.last.body.to_s, "http://sample.example/activate/"
  end

  test "behind HTTPS the link and the cookie are for HTTPS" do
    https!
    sign_up
    assert_includes ActionMailer::Base.deliveries.last.body.to_s, "https://sample.example/activate/"
    # A text, or from Rack 3 on one for each cookie.
    assert_match(/;\s*secure/i, Array(response.headers["Set-Cookie"]).join)
    assert response.headers["Strict-Transport-Security"]
  end

  test "when the mail cannot be sent no account is kept" do
    ActionMailer::Base.stub(:deliver_mail, ->(_mail) { raise Errno::ECONNREFUSED }) { sign_up }
    assert_response :service_unavailable
    assert_equal 0, User.count
  end

  test "what is wrong with a sign-up is said in the reader's language" do
    post account_path, params: { user: { name: "", email: "x", password: "short" } }, headers: { "Accept-Language" => "ko-KR,ko;q=0.9" }
    assert_response :unprocessable_entity
    assert_select "html[lang=ko]"
    assert_select ".problems li", minimum: 3
  end

  test "a wrong password is refused" do
    user
    post session_path, params: { email: "mina@sample.example", password: "wrong password" }
    assert_response :unprocessable_entity
  end

  test "the language that was chosen is kept" do
    patch locale_path(locale: "ko")
    follow_redirect!
    assert_select "html[lang=ko]"
  end

  test "one cannot post without logging in, nor delete what others posted" do
    post microposts_path, params: { micropost: { content: "hello" } }
    assert_redirected_to log_in_path
    theirs = user("theirs").microposts.create!(content: "mine")
    log_in user
    delete micropost_path(theirs)
    assert_response :not_found
    assert Micropost.exists?(theirs.id)
  end

  test "a form from elsewhere is refused" do
    with_forgery_protection do
      sign_up
      assert_response :unprocessable_entity
      assert_equal 0, User.count
    end
  end

  test "pages allow nothing from elsewhere" do
    get root_path
    assert_includes response.headers["Content-Security-Policy"], "default-src 'none'"
    assert_equal "DENY", response.headers["X-Frame-Options"]
    assert_select "script", 0
  end

  test "the list is drawn again when there is a new post" do
    mina = user
    mina.microposts.create!(content: "first post")
    get root_path
    assert_select "article", 1
    mina.microposts.create!(content: "second post")
    get root_path
    assert_select "article", 2
  end

  def with_forgery_protection
    before = ActionController::Base.allow_forgery_protection
    ActionController::Base.allow_forgery_protection = true
    yield
  ensure
    ActionController::Base.allow_forgery_protection = before
  end
end
